//! What one service asks another about the price of shipping.

use serde::{Deserialize, Serialize};

/// The question, in any version that is still read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version")]
pub enum QuoteRequest {
    /// The first version.
    #[serde(rename = "1")]
    V1(QuoteRequestV1),
}

/// What would be shipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteRequestV1 {
    /// The lines of the order.
    pub lines: Vec<QuoteLine>,
}

/// A number of pieces of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    /// Which item.
    pub item_id: i64,
    /// How many pieces.
    pub quantity: i64,
}

/// The answer, in any version that is still read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version")]
pub enum QuoteAnswer {
    /// The first version.
    #[serde(rename = "1")]
    V1(QuoteAnswerV1),
}

/// What shipping costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteAnswerV1 {
    /// The price, in cents.
    pub shipping_cents: i64,
    /// Who would ship it.
    pub carrier: String,
}

#[cfg(test)]
mod tests {
    use super::{QuoteAnswer, QuoteLine, QuoteRequest};

    const ASKED: &str = r#"{"version":"1","lines":[{"item_id":7,"quantity":2}]}"#;
    const ANSWERED: &str = r#"{"version":"1","shipping_cents":540,"carrier":"parcel"}"#;

    #[test]
    fn a_question_is_written_and_read_as_published() {
        let request: QuoteRequest = serde_json::from_str(ASKED).unwrap();

        let QuoteRequest::V1(first) = &request;
        let line = QuoteLine {
            item_id: 7,
            quantity: 2,
        };
        assert_eq!(first.lines, [line]);
        assert_eq!(serde_json::to_string(&request).unwrap(), ASKED);
    }

    #[test]
    fn an_answer_is_written_and_read_as_published() {
        let answer: QuoteAnswer = serde_json::from_str(ANSWERED).unwrap();

        let QuoteAnswer::V1(first) = &answer;
        assert_eq!(first.shipping_cents, 540);
        assert_eq!(first.carrier, "parcel");
        assert_eq!(serde_json::to_string(&answer).unwrap(), ANSWERED);
    }

    #[test]
    fn a_reader_skips_fields_that_came_later() {
        let later = ANSWERED.replace("}", r#","days":2}"#);

        let answer: QuoteAnswer = serde_json::from_str(&later).unwrap();

        assert_eq!(answer, serde_json::from_str(ANSWERED).unwrap());
    }

    #[test]
    fn a_version_that_nobody_knows_is_refused() {
        let asked = ASKED.replace(r#""1""#, r#""2""#);
        let answered = ANSWERED.replace(r#""1""#, r#""2""#);

        assert!(serde_json::from_str::<QuoteRequest>(&asked).is_err());
        assert!(serde_json::from_str::<QuoteAnswer>(&answered).is_err());
    }

    #[test]
    fn an_answer_without_a_price_is_refused() {
        let answered = ANSWERED.replace("shipping_cents", "price");

        assert!(serde_json::from_str::<QuoteAnswer>(&answered).is_err());
    }
}

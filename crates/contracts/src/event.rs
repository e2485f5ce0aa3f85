//! What happened to an order.

use serde::{Deserialize, Serialize};

/// One change of an order's status, as streams and long polls send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// Its place among all events; a later event has a higher number, gaps mean nothing.
    pub seq: i64,
    /// Whose status changed.
    pub order_id: i64,
    /// The status from then on: `pending`, `processing`, `done`, `cancelled` or `failed`.
    pub status: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::OrderEvent;

    const WRITTEN: &str = r#"{"seq":7,"order_id":12,"status":"done","at_ms":1795255200123}"#;

    #[test]
    fn an_event_is_written_and_read_as_published() {
        let event: OrderEvent = serde_json::from_str(WRITTEN).unwrap();

        assert_eq!((event.seq, event.order_id), (7, 12));
        assert_eq!(serde_json::to_string(&event).unwrap(), WRITTEN);
    }

    #[test]
    fn a_reader_skips_fields_that_came_later() {
        let later = WRITTEN.replace("}", r#","reason":"late"}"#);

        let event: OrderEvent = serde_json::from_str(&later).unwrap();

        assert_eq!(event.status, "done");
    }

    #[test]
    fn an_event_without_its_number_is_refused() {
        assert!(serde_json::from_str::<OrderEvent>(&WRITTEN.replace("seq", "sequence")).is_err());
    }
}

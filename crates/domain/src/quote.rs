//! What shipping costs.

use crate::{Cents, NewOrder, Rejection};

/// Who said what shipping costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuoteSource {
    /// The rule below, which needs nobody.
    FlatRate,
}

impl QuoteSource {
    /// Takes the word for a source.
    ///
    /// # Errors
    /// A [`Rejection`] of `source`.
    pub fn parse(word: &str) -> Result<Self, Rejection> {
        match word {
            "flat_rate" => Ok(Self::FlatRate),
            _ => Err(Rejection::new("source", "unknown", "must be flat_rate")),
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlatRate => "flat_rate",
        }
    }
}

/// What shipping costs, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price of shipping.
    pub shipping: Cents,
    /// Who said so.
    pub source: QuoteSource,
}

const PARCEL_CENTS: u32 = 490;
const PIECES_PER_PARCEL: u32 = 20;

impl Quote {
    /// The flat rate: each parcel of up to 20 pieces costs 490 cents.
    ///
    /// # Errors
    /// A [`Rejection`] of `lines` if the sum cannot be counted.
    pub fn flat_rate(order: &NewOrder) -> Result<Self, Rejection> {
        let parcels = order.pieces().div_ceil(PIECES_PER_PARCEL);
        let shipping = Cents::parse("lines", i64::from(PARCEL_CENTS) * i64::from(parcels))?;
        Ok(Self {
            shipping,
            source: QuoteSource::FlatRate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Quote, QuoteSource};
    use crate::NewOrder;

    #[test]
    fn the_flat_rate_counts_parcels_begun() {
        let cases = [
            (vec![(1, 1)], 490),
            (vec![(1, 20)], 490),
            (vec![(1, 21)], 980),
            (vec![(1, 15), (2, 15)], 980),
            ((1..=50).map(|item| (item, 1_000)).collect(), 1_225_000),
        ];

        for (lines, cents) in cases {
            let quote = Quote::flat_rate(&NewOrder::parse(&lines).unwrap()).unwrap();
            assert_eq!(quote.shipping.get(), cents, "{lines:?}");
            assert_eq!(quote.source, QuoteSource::FlatRate);
        }
    }

    #[test]
    fn a_source_is_known_by_its_word() {
        assert_eq!(
            QuoteSource::parse(QuoteSource::FlatRate.as_str()),
            Ok(QuoteSource::FlatRate)
        );
        assert!(QuoteSource::parse("guess").is_err());
    }
}

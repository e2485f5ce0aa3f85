//! What shipping costs.

use crate::rejection::in_range;
use crate::{Cents, NewOrder, Rejection};

/// Who said what shipping costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuoteSource {
    /// Whoever ships it.
    Fulfilment,
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
            "fulfilment" => Ok(Self::Fulfilment),
            "flat_rate" => Ok(Self::FlatRate),
            _ => Err(Rejection::new(
                "source",
                "unknown",
                "must be fulfilment or flat_rate",
            )),
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fulfilment => "fulfilment",
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
/// What shipping an order may cost: no honest quote comes near it.
const MAX_SHIPPING_CENTS: i64 = 10_000_000;

impl Quote {
    /// What fulfilment asks for.
    ///
    /// # Errors
    /// A [`Rejection`] of `shipping_cents` if it is negative, or beyond 100,000.00.
    pub fn of_fulfilment(shipping_cents: i64) -> Result<Self, Rejection> {
        let cents = in_range("shipping_cents", shipping_cents, 0..=MAX_SHIPPING_CENTS)?;
        Ok(Self {
            shipping: Cents::parse("shipping_cents", cents)?,
            source: QuoteSource::Fulfilment,
        })
    }

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
    fn fulfilment_asks_for_what_an_order_can_bear() {
        for cents in [0, 490, 10_000_000] {
            let quote = Quote::of_fulfilment(cents).unwrap();
            assert_eq!(quote.shipping.get(), cents);
            assert_eq!(quote.source, QuoteSource::Fulfilment);
        }
        for cents in [-1, 10_000_001, i64::MAX, i64::MIN] {
            assert_eq!(
                Quote::of_fulfilment(cents).unwrap_err().field,
                "shipping_cents"
            );
        }
    }

    #[test]
    fn a_source_is_known_by_its_word() {
        for source in [QuoteSource::Fulfilment, QuoteSource::FlatRate] {
            assert_eq!(QuoteSource::parse(source.as_str()), Ok(source));
        }
        assert!(QuoteSource::parse("guess").is_err());
    }
}

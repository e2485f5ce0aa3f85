//! The price of shipping: the rule of this service, whatever others fall back to.

use domain::{Cents, NewOrder, Rejection};

/// Taking one item from its shelf.
const PICKING_CENTS: u32 = 40;
const PARCEL_CENTS: u32 = 390;
const PIECES_PER_PARCEL: u32 = 30;
/// From here on a pallet is cheaper than parcels.
const PIECES_OF_A_PALLET: u32 = 300;
const PALLET_CENTS: u32 = 3_900;
const PIECES_PER_PALLET: u32 = 600;

/// Who would ship an order, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) shipping: Cents,
    pub(super) carrier: &'static str,
}

impl Offer {
    /// Each item is picked once; up to 300 pieces go into parcels of 30, more onto pallets of 600.
    ///
    /// # Errors
    /// A [`Rejection`] of `lines` if the sum cannot be counted.
    pub(super) fn for_order(order: &NewOrder) -> Result<Self, Rejection> {
        let pieces = order.pieces();
        let (carrier, freight) = if pieces <= PIECES_OF_A_PALLET {
            ("parcel", PARCEL_CENTS * pieces.div_ceil(PIECES_PER_PARCEL))
        } else {
            ("pallet", PALLET_CENTS * pieces.div_ceil(PIECES_PER_PALLET))
        };
        let picking =
            i64::from(PICKING_CENTS) * i64::try_from(order.lines().len()).unwrap_or(i64::MAX);
        Ok(Self {
            shipping: Cents::parse("lines", i64::from(freight).saturating_add(picking))?,
            carrier,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::NewOrder;

    use super::Offer;

    #[test]
    fn pieces_and_items_make_the_price() {
        let cases = [
            (vec![(1, 1)], "parcel", 430),
            (vec![(1, 30)], "parcel", 430),
            (vec![(1, 31)], "parcel", 820),
            (vec![(1, 15), (2, 15)], "parcel", 470),
            (vec![(1, 300)], "parcel", 3_940),
            (vec![(1, 301)], "pallet", 3_940),
            (vec![(1, 601)], "pallet", 7_840),
            (
                (1..=50).map(|item| (item, 1_000)).collect(),
                "pallet",
                329_600,
            ),
        ];

        for (lines, carrier, cents) in cases {
            let offer = Offer::for_order(&NewOrder::parse(&lines).unwrap()).unwrap();

            assert_eq!(
                (offer.carrier, offer.shipping.get()),
                (carrier, cents),
                "{lines:?}"
            );
        }
    }
}

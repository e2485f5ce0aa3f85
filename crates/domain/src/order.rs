//! Who bought what.

use std::collections::BTreeSet;

use crate::rejection::in_range;
use crate::{Cents, ItemId, Price, Quote, Rejection, Timestamp};

pub use event::OrderEvent;
pub use status::{IllegalTransition, OrderStatus};

mod event;
mod status;

/// The number of an order; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(i64);

impl OrderId {
    /// Takes 1 and above.
    ///
    /// # Errors
    /// A [`Rejection`] of `order_id`.
    pub fn parse(id: i64) -> Result<Self, Rejection> {
        in_range("order_id", id, 1..=i64::MAX).map(Self)
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// How many pieces of one item are ordered: 1 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u32);

impl Quantity {
    /// The most pieces of one line.
    pub const MAX: u32 = 1_000;

    /// Takes 1 to [`Quantity::MAX`] pieces.
    ///
    /// # Errors
    /// A [`Rejection`] of `quantity`.
    pub fn parse(pieces: i64) -> Result<Self, Rejection> {
        let pieces = in_range("quantity", pieces, 1..=i64::from(Self::MAX))?;
        Ok(Self(u32::try_from(pieces).unwrap_or(Self::MAX)))
    }

    /// The number of pieces.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// One item of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Which item.
    pub item: ItemId,
    /// How many pieces of it.
    pub quantity: Quantity,
}

impl OrderLine {
    /// Takes an item's number and how many pieces of it.
    ///
    /// # Errors
    /// A [`Rejection`] of `item_id` or `quantity`.
    pub fn parse(item: i64, quantity: i64) -> Result<Self, Rejection> {
        Ok(Self {
            item: ItemId::parse(item)?,
            quantity: Quantity::parse(quantity)?,
        })
    }
}

/// An order that nobody has accepted yet: 1 to 50 lines, each for another item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder(Vec<OrderLine>);

impl NewOrder {
    /// The most lines of an order.
    pub const MAX_LINES: usize = 50;

    /// Takes lines as pairs of an item's number and how many pieces of it.
    ///
    /// # Errors
    /// A [`Rejection`] of `lines` or of a part of it, such as `lines[2].item_id`.
    pub fn parse(lines: &[(i64, i64)]) -> Result<Self, Rejection> {
        let refused = |code, reason| Err(Rejection::new("lines", code, reason));
        if lines.is_empty() {
            return refused("empty", "must have at least 1 line");
        }
        if Self::MAX_LINES < lines.len() {
            return refused("too_many", "must have at most 50 lines");
        }

        let mut seen = BTreeSet::new();
        let mut parsed = Vec::with_capacity(lines.len());
        for (index, &(item, quantity)) in lines.iter().enumerate() {
            let place = format!("lines[{index}]");
            let line =
                OrderLine::parse(item, quantity).map_err(|rejection| rejection.within(&place))?;
            if !seen.insert(line.item) {
                let twice = Rejection::new("item_id", "duplicate", "is in an earlier line already");
                return Err(twice.within(place));
            }
            parsed.push(line);
        }
        Ok(Self(parsed))
    }

    /// The lines as they were sent.
    pub fn lines(&self) -> &[OrderLine] {
        &self.0
    }

    /// The pieces of all lines.
    pub fn pieces(&self) -> u32 {
        self.0.iter().map(|line| line.quantity.get()).sum()
    }
}

/// One line of an accepted order, at the price of that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// Which item, and how many pieces of it.
    pub line: OrderLine,
    /// What one piece cost when the order was accepted.
    pub unit_price: Price,
}

/// An order as the shop has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// How far it is.
    pub status: OrderStatus,
    /// What was ordered.
    pub lines: Vec<PricedLine>,
    /// What shipping costs, and who said so.
    pub quote: Quote,
    /// What is to be paid, shipping included.
    pub total: Cents,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

impl Order {
    /// What `lines` and `shipping` cost together.
    ///
    /// # Errors
    /// A [`Rejection`] of `lines` if the sum cannot be counted.
    pub fn total(lines: &[PricedLine], shipping: Cents) -> Result<Cents, Rejection> {
        lines
            .iter()
            .try_fold(shipping, |total, priced| {
                let pieces = priced.line.quantity.get();
                total.checked_add(priced.unit_price.cents().checked_times(pieces)?)
            })
            .ok_or_else(|| Rejection::new("lines", "out_of_range", "cost more than can be counted"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{NewOrder, Order, OrderId, OrderLine, PricedLine, Quantity};
    use crate::{Cents, Price};

    #[test]
    fn an_order_has_1_to_50_lines() {
        let lines: Vec<_> = (1..=51).map(|item| (item, 1)).collect();

        assert_eq!(
            NewOrder::parse(&[]).unwrap_err().to_string(),
            "lines: must have at least 1 line"
        );
        assert!(NewOrder::parse(&lines[..1]).is_ok());
        assert!(NewOrder::parse(&lines[..50]).is_ok());
        assert_eq!(NewOrder::parse(&lines).unwrap_err().code, "too_many");
    }

    #[test]
    fn a_rejection_names_the_line() {
        let refused = |lines: &[(i64, i64)]| NewOrder::parse(lines).unwrap_err();

        assert_eq!(refused(&[(1, 1), (2, 1), (1, 1)]).field, "lines[2].item_id");
        assert_eq!(refused(&[(1, 1), (2, 1), (1, 1)]).code, "duplicate");
        assert_eq!(refused(&[(1, 1), (0, 1)]).field, "lines[1].item_id");
        assert_eq!(refused(&[(1, 0)]).field, "lines[0].quantity");
        assert_eq!(refused(&[(1, 1_001)]).field, "lines[0].quantity");
    }

    #[test]
    fn the_total_is_lines_and_shipping() {
        let lines = [(250, 3), (1, 1_000)].map(|(cents, pieces)| PricedLine {
            line: OrderLine::parse(1, pieces).unwrap(),
            unit_price: Price::parse(cents).unwrap(),
        });
        let shipping = Cents::parse("shipping_cents", 490).unwrap();

        assert_eq!(
            Order::total(&lines, shipping).unwrap().get(),
            750 + 1_000 + 490
        );
    }

    #[test]
    fn a_total_beyond_counting_is_refused() {
        let line = PricedLine {
            line: OrderLine::parse(1, 1).unwrap(),
            unit_price: Price::parse(1).unwrap(),
        };
        let most = Cents::parse("shipping_cents", i64::MAX).unwrap();

        assert_eq!(Order::total(&[line], most).unwrap_err().field, "lines");
    }

    proptest! {
        #[test]
        fn numbers_are_taken_exactly_within_their_bounds(number in any::<i64>(), near in -2i64..1_003) {
            prop_assert_eq!(OrderId::parse(number).is_ok(), 1 <= number);
            prop_assert_eq!(Quantity::parse(number).is_ok(), (1..=1_000).contains(&number));
            prop_assert_eq!(Quantity::parse(near).is_ok(), (1..=1_000).contains(&near));
        }

        #[test]
        fn a_parsed_order_has_the_lines_it_was_given(lines in vec((-1i64..80, -1i64..1_003), 0..60)) {
            let items: std::collections::BTreeSet<_> = lines.iter().map(|(item, _)| item).collect();
            let allowed = (1..=50).contains(&lines.len())
                && items.len() == lines.len()
                && lines.iter().all(|&(item, quantity)| 1 <= item && (1..=1_000).contains(&quantity));

            let order = NewOrder::parse(&lines);

            prop_assert_eq!(order.is_ok(), allowed);
            if let Ok(order) = order {
                let kept: Vec<_> = order.lines().iter().map(|line| (line.item.get(), i64::from(line.quantity.get()))).collect();
                prop_assert_eq!(i64::from(order.pieces()), kept.iter().map(|(_, quantity)| quantity).sum::<i64>());
                prop_assert_eq!(kept, lines);
            }
        }
    }
}

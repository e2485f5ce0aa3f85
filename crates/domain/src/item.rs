//! What can be bought.

use crate::rejection::in_range;
use crate::{Cents, Quantity, Rejection, Timestamp};

/// The number of an item; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(i64);

impl ItemId {
    /// Takes 1 and above.
    ///
    /// # Errors
    /// A [`Rejection`] of `item_id`.
    pub fn parse(id: i64) -> Result<Self, Rejection> {
        in_range("item_id", id, 1..=i64::MAX).map(Self)
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// What an item is called: 1 to 200 characters, not all blank, none a control character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemName(String);

impl ItemName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Takes a name as it is; nothing is trimmed.
    ///
    /// # Errors
    /// A [`Rejection`] of `name`.
    pub fn parse(name: impl Into<String>) -> Result<Self, Rejection> {
        let name = name.into();
        let refused = |code, reason| Err(Rejection::new("name", code, reason));
        if name.chars().all(char::is_whitespace) {
            return refused("blank", "must not be blank");
        }
        if Self::MAX_CHARS < name.chars().count() {
            return refused("too_long", "must have at most 200 characters");
        }
        if name.chars().any(char::is_control) {
            return refused("control_character", "must not hold control characters");
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The price of one piece: up to a million, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(Cents);

impl Price {
    /// The highest price, in cents.
    pub const MAX: i64 = 100_000_000;

    /// Takes 0 to [`Price::MAX`] cents.
    ///
    /// # Errors
    /// A [`Rejection`] of `price_cents`.
    pub fn parse(cents: i64) -> Result<Self, Rejection> {
        in_range("price_cents", cents, 0..=Self::MAX)?;
        Cents::parse("price_cents", cents).map(Self)
    }

    /// The price as an amount of money.
    pub fn cents(self) -> Cents {
        self.0
    }
}

/// How many pieces can be sold: up to a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stock(i64);

impl Stock {
    /// The fullest shelf.
    pub const MAX: i64 = 1_000_000;

    /// Takes 0 to [`Stock::MAX`] pieces.
    ///
    /// # Errors
    /// A [`Rejection`] of `stock`.
    pub fn parse(pieces: i64) -> Result<Self, Rejection> {
        in_range("stock", pieces, 0..=Self::MAX).map(Self)
    }

    /// The number of pieces.
    pub fn get(self) -> i64 {
        self.0
    }

    /// What remains after a sale, or nothing if there are too few.
    pub fn sold(self, pieces: Quantity) -> Option<Self> {
        let left = self.0 - i64::from(pieces.get());
        (0 <= left).then_some(Self(left))
    }

    /// What is there after a sale was undone; a shelf that was refilled meanwhile stays at most full.
    #[must_use]
    pub fn returned(self, pieces: Quantity) -> Self {
        Self((self.0 + i64::from(pieces.get())).min(Self::MAX))
    }
}

/// An item as the shop has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// What it is called.
    pub name: ItemName,
    /// The price of one piece.
    pub price: Price,
    /// How many pieces can be sold.
    pub stock: Stock,
    /// When it was offered first.
    pub created_at: Timestamp,
    /// When it last changed, by a sale too.
    pub updated_at: Timestamp,
}

/// All that whoever offers or replaces an item says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// What it is called.
    pub name: ItemName,
    /// The price of one piece.
    pub price: Price,
    /// How many pieces can be sold.
    pub stock: Stock,
}

/// A change to some parts of an item; absent parts stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemChange {
    /// What it is called from now on.
    pub name: Option<ItemName>,
    /// The price of one piece from now on.
    pub price: Option<Price>,
    /// How many pieces can be sold from now on.
    pub stock: Option<Stock>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{ItemId, ItemName, Price, Stock};
    use crate::Quantity;

    #[test]
    fn bounds_are_allowed_and_what_lies_beyond_is_not() {
        assert!(ItemId::parse(1).is_ok() && ItemId::parse(i64::MAX).is_ok());
        assert!(ItemId::parse(0).is_err());
        assert!(Price::parse(0).is_ok() && Price::parse(Price::MAX).is_ok());
        assert!(Price::parse(-1).is_err() && Price::parse(Price::MAX + 1).is_err());
        assert!(Stock::parse(0).is_ok() && Stock::parse(Stock::MAX).is_ok());
        assert!(Stock::parse(-1).is_err() && Stock::parse(Stock::MAX + 1).is_err());
    }

    #[test]
    fn a_name_is_counted_in_characters() {
        assert!(ItemName::parse("é".repeat(200)).is_ok());
        assert_eq!(
            ItemName::parse("é".repeat(201)).unwrap_err().code,
            "too_long"
        );
    }

    #[test]
    fn a_name_keeps_its_blanks_but_is_more_than_blanks() {
        assert_eq!(ItemName::parse(" pen ").unwrap().as_str(), " pen ");
        for blank in ["", " ", "\t\u{2003}\n"] {
            assert_eq!(
                ItemName::parse(blank).unwrap_err().code,
                "blank",
                "{blank:?}"
            );
        }
    }

    #[test]
    fn a_name_holds_no_control_characters() {
        for name in ["a\0b", "a\nb", "a\u{7f}b", "a\u{85}b"] {
            assert_eq!(
                ItemName::parse(name).unwrap_err().code,
                "control_character",
                "{name:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_taken_is_kept_letter_by_letter(text in any::<String>()) {
            if let Ok(name) = ItemName::parse(text.clone()) {
                prop_assert_eq!(name.as_str(), &text);
                prop_assert!(text.chars().count() <= ItemName::MAX_CHARS);
                prop_assert!(!text.chars().any(char::is_control));
                prop_assert!(!text.trim().is_empty());
            }
        }

        #[test]
        fn numbers_are_taken_exactly_within_their_bounds(number in any::<i64>()) {
            prop_assert_eq!(ItemId::parse(number).is_ok(), 1 <= number);
            prop_assert_eq!(Price::parse(number).is_ok(), (0..=Price::MAX).contains(&number));
            prop_assert_eq!(Stock::parse(number).is_ok(), (0..=Stock::MAX).contains(&number));
        }

        #[test]
        fn a_sale_and_its_return_leave_the_stock_as_it_was(
            stock in 0..=Stock::MAX,
            pieces in 1..=i64::from(Quantity::MAX),
        ) {
            let before = Stock::parse(stock).unwrap();
            let pieces = Quantity::parse(pieces).unwrap();

            match before.sold(pieces) {
                Some(after) => prop_assert_eq!(after.returned(pieces), before),
                None => prop_assert!(stock < i64::from(pieces.get())),
            }
        }
    }

    #[test]
    fn a_return_to_a_refilled_shelf_stays_within_the_bound() {
        let full = Stock::parse(Stock::MAX).unwrap();

        assert_eq!(full.returned(Quantity::parse(1).unwrap()), full);
    }
}

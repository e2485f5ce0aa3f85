//! Money, in whole cents.

use crate::Rejection;

/// A sum of money that is never negative and never wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Takes any amount that is not negative.
    ///
    /// # Errors
    /// A [`Rejection`] of `field`.
    pub fn parse(field: &str, cents: i64) -> Result<Self, Rejection> {
        crate::rejection::in_range(field, cents, 0..=i64::MAX).map(Self)
    }

    /// The amount as a number.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The sum, if it can be counted.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The price of `pieces`, if it can be counted.
    pub fn checked_times(self, pieces: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(pieces)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Cents;

    #[test]
    fn a_debt_is_refused() {
        assert_eq!(
            Cents::parse("shipping_cents", -1).unwrap_err().field,
            "shipping_cents"
        );
    }

    #[test]
    fn what_cannot_be_counted_is_nothing() {
        let most = Cents::parse("total_cents", i64::MAX).unwrap();
        let one = Cents::parse("total_cents", 1).unwrap();

        assert_eq!(most.checked_add(one), None);
        assert_eq!(most.checked_times(2), None);
        assert_eq!(most.checked_add(Cents::ZERO), Some(most));
    }
}

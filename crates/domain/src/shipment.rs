//! What an order becomes when all went well.

use crate::{OrderId, Rejection, Timestamp};

/// The carrier's name for a parcel: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tracking(String);

impl Tracking {
    /// The longest name.
    pub const MAX_CHARS: usize = 64;

    /// Takes a name as the carrier wrote it.
    ///
    /// # Errors
    /// A [`Rejection`] of `tracking`.
    pub fn parse(name: &str) -> Result<Self, Rejection> {
        let visible = name.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::MAX_CHARS).contains(&name.len()) {
            return Ok(Self(name.to_owned()));
        }
        let reason = "must be 1 to 64 visible ASCII characters";
        Err(Rejection::new("tracking", "malformed", reason))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The one parcel of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// Whose parcel it is.
    pub order: OrderId,
    /// What the carrier calls it.
    pub tracking: Tracking,
    /// Which attempt brought it on its way, from 1.
    pub attempt: u32,
    /// When it left.
    pub shipped_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::Tracking;

    #[test]
    fn a_parcel_has_a_name_of_1_to_64_visible_characters() {
        assert!(Tracking::parse("").is_err());
        assert!(Tracking::parse(&"T".repeat(64)).is_ok());
        assert!(Tracking::parse(&"T".repeat(65)).is_err());
        for name in ["a b", "a\n", "\u{e9}", "\0"] {
            assert_eq!(Tracking::parse(name).unwrap_err().field, "tracking");
        }
    }
}

//! How a request says that it is the same as an earlier one.

use crate::Rejection;

/// A client's name for one intent: 1 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key.
    pub const MAX_CHARS: usize = 128;

    /// Takes a key as it was sent.
    ///
    /// # Errors
    /// A [`Rejection`] of `Idempotency-Key`.
    pub fn parse(key: &str) -> Result<Self, Rejection> {
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::MAX_CHARS).contains(&key.len()) {
            return Ok(Self(key.to_owned()));
        }
        let reason = "must be 1 to 128 visible ASCII characters";
        Err(Rejection::new("Idempotency-Key", "malformed", reason))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose keys they are; two callers may use the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller(String);

impl Caller {
    /// The longest name of a caller, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// All who did not say who they are.
    pub fn anonymous() -> Self {
        Self(String::new())
    }

    /// Takes the subject of a token.
    ///
    /// # Errors
    /// A [`Rejection`] of `sub`; an empty subject would pass for nobody.
    pub fn parse(subject: &str) -> Result<Self, Rejection> {
        if (1..=Self::MAX_BYTES).contains(&subject.len()) {
            return Ok(Self(subject.to_owned()));
        }
        Err(Rejection::new(
            "sub",
            "out_of_range",
            "must have 1 to 255 bytes",
        ))
    }

    /// The subject; empty for the anonymous.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Caller, IdempotencyKey};

    #[test]
    fn a_key_has_1_to_128_characters() {
        assert!(IdempotencyKey::parse("").is_err());
        assert!(IdempotencyKey::parse("k").is_ok());
        assert!(IdempotencyKey::parse(&"k".repeat(128)).is_ok());
        assert!(IdempotencyKey::parse(&"k".repeat(129)).is_err());
    }

    #[test]
    fn no_subject_passes_for_the_anonymous() {
        assert!(Caller::parse("").is_err());
        assert!(Caller::parse(&"s".repeat(256)).is_err());
        assert_ne!(Caller::parse("anonymous").unwrap(), Caller::anonymous());
    }

    proptest! {
        #[test]
        fn a_key_is_visible_ascii(text in any::<String>(), ascii in "[ -~]{0,140}") {
            for text in [text, ascii] {
                let allowed = (1..=128).contains(&text.len()) && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));

                prop_assert_eq!(IdempotencyKey::parse(&text).is_ok(), allowed);
            }
        }
    }
}

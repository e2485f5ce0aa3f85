//! Why a value was refused, in words for whoever sent it.

use std::ops::RangeInclusive;

/// A value that breaks a rule: which field, a code for programs, a reason for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Rejection {
    /// The path of the value, such as `lines[2].item_id`.
    pub field: String,
    /// What kind of rule was broken; one of a closed set.
    pub code: &'static str,
    /// What is allowed, in lower case and without the field's name.
    pub reason: String,
}

impl Rejection {
    /// Refuses the value of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            reason: reason.into(),
        }
    }

    /// The same rejection for a value that arrived under another name.
    #[must_use]
    pub fn named(self, field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            ..self
        }
    }

    /// The same rejection seen from the object that holds the field.
    #[must_use]
    pub fn within(self, holder: impl std::fmt::Display) -> Self {
        Self {
            field: format!("{holder}.{}", self.field),
            ..self
        }
    }
}

/// Lets `value` pass if it lies in `range`.
pub(crate) fn in_range(
    field: &str,
    value: i64,
    range: RangeInclusive<i64>,
) -> Result<i64, Rejection> {
    if range.contains(&value) {
        return Ok(value);
    }
    let reason = match range.end() {
        &i64::MAX => format!("must be at least {}", range.start()),
        end => format!("must be from {} to {end}", range.start()),
    };
    Err(Rejection::new(field, "out_of_range", reason))
}

#[cfg(test)]
mod tests {
    use super::{Rejection, in_range};

    #[test]
    fn reads_as_field_and_reason() {
        let rejection = in_range("stock", -1, 0..=5).unwrap_err();

        assert_eq!(rejection.to_string(), "stock: must be from 0 to 5");
        assert_eq!(rejection.code, "out_of_range");
    }

    #[test]
    fn an_open_end_is_not_printed_as_a_number() {
        let rejection = in_range("item_id", 0, 1..=i64::MAX).unwrap_err();

        assert_eq!(rejection.to_string(), "item_id: must be at least 1");
    }

    #[test]
    fn names_the_whole_path() {
        let rejection = Rejection::new("item_id", "duplicate", "is listed twice");

        assert_eq!(
            rejection.clone().within("lines[2]").field,
            "lines[2].item_id"
        );
        assert_eq!(rejection.named("id").field, "id");
    }
}

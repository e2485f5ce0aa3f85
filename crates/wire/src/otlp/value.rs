use std::{collections::BTreeMap, fmt};

/// Attributes by key.
pub type Attributes = BTreeMap<String, Value>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The key came without a value.
    Empty,
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// Values in order.
    List(Vec<Value>),
    /// Values by key.
    Map(Attributes),
    /// Bytes without a meaning of their own.
    Bytes(Vec<u8>),
}

impl Value {
    /// The string, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// The number, whole or not, if this is one.
    pub fn as_real(&self) -> Option<f64> {
        match self {
            Self::Real(real) => Some(*real),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    /// Text as it is, bytes in hexadecimal, the rest as in JSON.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("null"),
            Self::Text(text) => out.write_str(text),
            Self::Integer(integer) => write!(out, "{integer}"),
            Self::Real(real) => write!(out, "{real}"),
            Self::Boolean(boolean) => write!(out, "{boolean}"),
            Self::List(values) => {
                out.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(out, "{}{}", separator(index), Nested(value))?;
                }
                out.write_str("]")
            }
            Self::Map(values) => {
                out.write_str("{")?;
                for (index, (key, value)) in values.iter().enumerate() {
                    write!(out, "{}{key:?}:{}", separator(index), Nested(value))?;
                }
                out.write_str("}")
            }
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
        }
    }
}

/// A value inside another, where text needs quotes to show its end.
struct Nested<'a>(&'a Value);

impl fmt::Display for Nested<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => write!(out, "{text:?}"),
            value => write!(out, "{value}"),
        }
    }
}

fn separator(index: usize) -> &'static str {
    if index == 0 { "" } else { "," }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_bare_and_quoted_where_it_is_nested() {
        let list = Value::List(vec!["a".into(), 1.into(), Value::Bytes(vec![0, 255])]);
        let map = Value::Map(Attributes::from([("k".to_owned(), list)]));

        assert_eq!(Value::from("a").to_string(), "a");
        assert_eq!(map.to_string(), r#"{"k":["a",1,00ff]}"#);
    }
}

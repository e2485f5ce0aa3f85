//! logfmt, one line at a time, read as strictly as Quartet writes it.
//!
//! A line is `key=value` pairs with one space between them. A key starts with a letter or `_`
//! and goes on with letters, digits, `_`, `.` and `-`. A value is bare, or a JSON string.

mod scan;

use scan::Scanner;

/// Why a line is not logfmt, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {position}: {reason}")]
pub struct Error {
    /// Where, in bytes from the start of the line.
    pub position: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a line is not logfmt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A key must start here.
    #[error("expected a key")]
    Key,
    /// The key must end in `=`.
    #[error("expected `=` after the key")]
    Equals,
    /// A pair must be followed by one space or by the end.
    #[error("expected one space or the end of the line")]
    Separator,
    /// The key was there before.
    #[error("key {0} is there twice")]
    Duplicate(String),
    /// A character that a value cannot hold as it is.
    #[error("character {0:?} must be escaped")]
    Raw(char),
    /// A character that a value can hold in quotes only.
    #[error("character {0:?} must be quoted")]
    Unquoted(char),
    /// A backslash and something that JSON does not know.
    #[error("unknown escape")]
    Escape,
    /// Half of a surrogate pair.
    #[error("half of a surrogate pair")]
    Surrogate,
    /// The line ended inside quotes.
    #[error("quoted value does not end")]
    Unterminated,
}

/// A line: keys and values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Vec<(String, String)>);

impl Line {
    /// The value of a key, without quotes and escapes.
    pub fn get(&self, key: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(known, _)| known == key)?;
        Some(&pair.1)
    }

    /// Keys and values in the order of the line.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Parses one line, which comes without its line feed.
pub fn parse(text: &str) -> Result<Line, Error> {
    let mut scanner = Scanner::new(text);
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        let position = scanner.position();
        let key = scanner.key()?;
        if pairs.iter().any(|(known, _)| *known == key) {
            let reason = Reason::Duplicate(key);
            return Err(Error { position, reason });
        }
        let value = scanner.value()?;
        pairs.push((key, value));
        if scanner.is_at_end() {
            return Ok(Line(pairs));
        }
        scanner.separator()?;
    }
}

use super::{Error, Reason};

/// A position in a line, moved on by one token per call.
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.text.len()
    }

    /// A key and the `=` behind it.
    pub(super) fn key(&mut self) -> Result<String, Error> {
        let start = self.position;
        if !self.peek().is_some_and(starts_key) {
            return Err(self.error(Reason::Key));
        }
        while self.peek().is_some_and(continues_key) {
            self.next();
        }
        let key = self.text[start..self.position].to_owned();
        if self.peek() != Some('=') {
            return Err(self.error(Reason::Equals));
        }
        self.next();
        Ok(key)
    }

    pub(super) fn value(&mut self) -> Result<String, Error> {
        if self.peek() == Some('"') {
            self.next();
            return self.quoted();
        }
        let start = self.position;
        while let Some(found) = self.peek().filter(|found| *found != ' ') {
            if must_be_escaped(found) {
                return Err(self.error(Reason::Raw(found)));
            }
            if found.is_whitespace() || matches!(found, '"' | '=' | '\\') {
                return Err(self.error(Reason::Unquoted(found)));
            }
            self.next();
        }
        Ok(self.text[start..self.position].to_owned())
    }

    pub(super) fn separator(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(' ') => self.next(),
            _ => return Err(self.error(Reason::Separator)),
        };
        Ok(())
    }

    /// What stands between quotes, of which the first has been read.
    fn quoted(&mut self) -> Result<String, Error> {
        let mut value = String::new();
        loop {
            let position = self.position;
            match self.next() {
                None => return Err(self.error(Reason::Unterminated)),
                Some('"') => return Ok(value),
                Some('\\') => value.push(self.escape(position)?),
                Some(found) if must_be_escaped(found) => {
                    let reason = Reason::Raw(found);
                    return Err(Error { position, reason });
                }
                Some(found) => value.push(found),
            }
        }
    }

    /// The character that an escape stands for; its backslash, at `start`, has been read.
    fn escape(&mut self, start: usize) -> Result<char, Error> {
        let unknown = Error {
            position: start,
            reason: Reason::Escape,
        };
        match self.next() {
            Some(found @ ('"' | '\\' | '/')) => Ok(found),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let first = self.code_unit().ok_or(unknown)?;
                self.character(start, first)
            }
            _ => Err(unknown),
        }
    }

    /// The character of a code unit and, where that is half of a pair, of the escape behind it.
    fn character(&mut self, start: usize, first: u16) -> Result<char, Error> {
        let mut units = vec![first];
        if is_surrogate(first) && self.text[self.position..].starts_with("\\u") {
            self.position += 2;
            units.extend(self.code_unit());
        }
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(Error {
                position: start,
                reason: Reason::Surrogate,
            }),
        }
    }

    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.position..self.position + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.position += digits.len();
        u16::from_str_radix(digits, 16).ok()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.position..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.position += found.len_utf8();
        Some(found)
    }

    fn error(&self, reason: Reason) -> Error {
        Error {
            position: self.position,
            reason,
        }
    }
}

fn starts_key(found: char) -> bool {
    found.is_ascii_alphabetic() || found == '_'
}

fn continues_key(found: char) -> bool {
    found.is_ascii_alphanumeric() || matches!(found, '_' | '.' | '-')
}

/// Whether some reader could take the character for the end of a line, or worse.
fn must_be_escaped(found: char) -> bool {
    found.is_control() || matches!(found, '\u{2028}' | '\u{2029}')
}

fn is_surrogate(unit: u16) -> bool {
    matches!(unit, 0xd800..=0xdfff)
}

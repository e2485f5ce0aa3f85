//! How records lie in a segment: numbers of variable length, and symbols for texts.

use super::Value;
use super::strings::{Matching, Strings, Symbol};

/// Writes the parts of a record behind each other.
pub(crate) struct Writer<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
    pub(crate) strings: &'a mut Strings,
}

/// Reads them back in the same order.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    strings: &'a Strings,
}

const TEXT: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;

impl Writer<'_> {
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(crate) fn text(&mut self, text: &str) {
        let symbol = self.strings.intern(text);
        self.number(u64::from(symbol.0));
    }

    pub(crate) fn value(&mut self, value: &wire::otlp::Value) {
        use wire::otlp::Value as From;
        match value {
            From::Text(text) => {
                self.bytes.push(TEXT);
                self.text(text);
            }
            From::Integer(integer) => {
                self.bytes.push(INTEGER);
                self.number(zigzag(*integer));
            }
            From::Real(real) => {
                self.bytes.push(REAL);
                self.bytes.extend_from_slice(&real.to_bits().to_le_bytes());
            }
            From::Boolean(boolean) => self.bytes.push(if *boolean { TRUE } else { FALSE }),
            other => {
                self.bytes.push(TEXT);
                self.text(&other.to_string());
            }
        }
    }

    pub(crate) fn attributes(&mut self, attributes: &wire::otlp::Attributes) {
        self.number(attributes.len() as u64);
        for (key, value) in attributes {
            self.text(key);
            self.value(value);
        }
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], strings: &'a Strings) -> Self {
        Self { bytes, strings }
    }

    pub(crate) fn number(&mut self) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        while let Some((byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        number
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let (array, rest) = self.bytes.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.bytes = rest;
        *array
    }

    pub(crate) fn symbol(&mut self) -> Symbol {
        Symbol(self.number() as u32)
    }

    pub(crate) fn text(&mut self) -> &'a str {
        let symbol = self.symbol();
        self.strings.get(symbol)
    }

    pub(crate) fn value(&mut self) -> Value {
        match self.raw() {
            Raw::Text(symbol) => Value::Text(self.strings.get(symbol).to_owned()),
            Raw::Integer(integer) => Value::Integer(integer),
            Raw::Real(real) => Value::Real(real),
            Raw::Boolean(boolean) => Value::Boolean(boolean),
        }
    }

    pub(crate) fn attributes(&mut self) -> super::Attributes {
        let count = self.number();
        (0..count)
            .map(|_| (self.text().to_owned(), self.value()))
            .collect()
    }

    /// Whether one of the attributes that follow satisfies `matches`; reads on to their end.
    pub(crate) fn any_attribute(&mut self, mut matches: impl FnMut(Symbol, Raw) -> bool) -> bool {
        let count = self.number();
        let mut any = false;
        for _ in 0..count {
            let key = self.symbol();
            let value = self.raw();
            any = any || matches(key, value);
        }
        any
    }

    /// A value without its text.
    pub(crate) fn raw(&mut self) -> Raw {
        let Some((tag, rest)) = self.bytes.split_first() else {
            return Raw::Boolean(false);
        };
        self.bytes = rest;
        match *tag {
            TEXT => Raw::Text(self.symbol()),
            INTEGER => Raw::Integer(unzigzag(self.number())),
            REAL => Raw::Real(f64::from_bits(u64::from_le_bytes(self.array()))),
            tag => Raw::Boolean(tag == TRUE),
        }
    }
}

/// A value whose text is still a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Raw {
    Text(Symbol),
    Integer(i64),
    Real(f64),
    Boolean(bool),
}

impl Raw {
    /// Whether it is a text among those that match.
    pub(crate) fn is_in(self, matching: &Matching) -> bool {
        matches!(self, Self::Text(symbol) if matching.has(symbol))
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

//! The texts of one segment, each kept once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use memchr::memmem::Finder;

/// Stands for a text of one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol(pub(crate) u32);

impl Symbol {
    /// Of the empty text.
    pub(crate) const EMPTY: Self = Self(0);
}

/// Bytes of bookkeeping for each text: where it ends, and its place in the table.
const OVERHEAD: usize = 4 + 8;

/// Texts by symbol and symbols by text. Symbol 0 is the empty text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// Which of the texts of one segment match.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    bits: Vec<u64>,
    any: bool,
}

impl Strings {
    /// The symbol of a text, which is new if need be.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if text.is_empty() {
            return Symbol::EMPTY;
        }
        let hash = self.hasher.hash_one(text);
        let found = self
            .table
            .find(hash, |known| slice(&self.text, &self.ends, *known) == text);
        if let Some(known) = found {
            return Symbol(known + 1);
        }
        let index = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        let (all, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.table.insert_unique(hash, index, |known| {
            hasher.hash_one(slice(all, ends, *known))
        });
        Symbol(index + 1)
    }

    /// The symbol of a text, if the segment has it.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        if text.is_empty() {
            return Some(Symbol::EMPTY);
        }
        let hash = self.hasher.hash_one(text);
        let found = self
            .table
            .find(hash, |known| slice(&self.text, &self.ends, *known) == text);
        found.map(|known| Symbol(known + 1))
    }

    /// The text of a symbol.
    pub(crate) fn get(&self, symbol: Symbol) -> &str {
        match symbol.0.checked_sub(1) {
            Some(index) => slice(&self.text, &self.ends, index),
            None => "",
        }
    }

    /// All symbols whose text contains what `finder` looks for.
    pub(crate) fn containing(&self, finder: &Finder<'_>) -> Matching {
        let mut matching = Matching::default();
        let length = finder.needle().len();
        let (mut from, mut index) = (0, 0);
        while let Some(found) = finder.find(&self.text.as_bytes()[from..]) {
            let start = from + found;
            index = self.next_at(index, start);
            let end = self.ends.get(index).map_or(start, |end| *end as usize);
            if start + length <= end {
                matching.set(index as u32 + 1);
                from = end;
            } else {
                // It stands across two texts.
                from = start + 1;
            }
        }
        matching
    }

    /// The text in which a byte stands, from one that is not behind it. Most often it is the next: far fewer steps then
    /// than a search among all.
    fn next_at(&self, mut index: usize, byte: usize) -> usize {
        let is_before = |end: &u32| *end as usize <= byte;
        let mut step = 1;
        while self.ends.get(index + step).is_some_and(is_before) {
            index += step;
            step *= 2;
        }
        let until = self.ends.len().min(index + step + 1);
        index + self.ends[index..until].partition_point(is_before)
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * OVERHEAD
    }

    /// Gives back memory that is not used.
    pub(crate) fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl Matching {
    /// Whether no text matches.
    pub(crate) fn is_empty(&self) -> bool {
        !self.any
    }

    /// Whether the text of the symbol matches.
    pub(crate) fn has(&self, symbol: Symbol) -> bool {
        let word = self.bits.get(symbol.0 as usize / 64);
        word.is_some_and(|word| word >> (symbol.0 % 64) & 1 == 1)
    }

    fn set(&mut self, symbol: u32) {
        let word = symbol as usize / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (symbol % 64);
        self.any = true;
    }
}

fn slice<'a>(text: &'a str, ends: &[u32], index: u32) -> &'a str {
    let index = index as usize;
    let start = match index.checked_sub(1) {
        Some(before) => ends[before] as usize,
        None => 0,
    };
    &text[start..ends[index] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_comes_back() {
        let mut strings = Strings::default();

        let symbols = ["api", "", "fulfilment", "api"].map(|text| strings.intern(text));

        assert_eq!(symbols[0], symbols[3]);
        assert_eq!(strings.get(symbols[1]), "");
        assert_eq!(strings.get(symbols[2]), "fulfilment");
        assert_eq!(strings.find("fulfilment"), Some(symbols[2]));
        assert_eq!(strings.find("ful"), None);
    }

    #[test]
    fn what_stands_across_two_texts_does_not_match() {
        let mut strings = Strings::default();
        let [first, second, third] = ["order", "order placed", "placed"].map(|t| strings.intern(t));

        let matching = strings.containing(&Finder::new("r placed"));
        let across = strings.containing(&Finder::new("rorder"));

        assert!(matching.has(second) && !matching.has(first) && !matching.has(third));
        assert!(across.is_empty());
    }
}

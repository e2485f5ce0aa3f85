//! Lists, a page at a time.

use std::fmt;

use crate::rejection::in_range;
use crate::{ItemId, JobId, OrderId, Rejection};

/// How many entries a page has: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(i64);

impl PageSize {
    /// The longest page.
    pub const MAX: i64 = 100;

    /// Takes 1 to [`PageSize::MAX`].
    ///
    /// # Errors
    /// A [`Rejection`] of `page_size`.
    pub fn parse(entries: i64) -> Result<Self, Rejection> {
        in_range("page_size", entries, 1..=Self::MAX).map(Self)
    }

    /// The number of entries.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// 20 entries.
impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

/// What a list is sorted by, and a cursor points at.
pub trait Listed: Copy {
    /// Marks the cursors of this list, so that those of another are refused.
    const MARK: char;

    /// Reads the number of an entry.
    ///
    /// # Errors
    /// A [`Rejection`] of a number that no entry has.
    fn parse(id: i64) -> Result<Self, Rejection>;

    /// The number of an entry.
    fn number(self) -> i64;
}

impl Listed for ItemId {
    const MARK: char = 'i';

    fn parse(id: i64) -> Result<Self, Rejection> {
        Self::parse(id)
    }

    fn number(self) -> i64 {
        self.get()
    }
}

impl Listed for OrderId {
    const MARK: char = 'o';

    fn parse(id: i64) -> Result<Self, Rejection> {
        Self::parse(id)
    }

    fn number(self) -> i64 {
        self.get()
    }
}

impl Listed for JobId {
    const MARK: char = 'j';

    fn parse(id: i64) -> Result<Self, Rejection> {
        Self::parse(id)
    }

    fn number(self) -> i64 {
        self.get()
    }
}

/// The place between two pages: after the entry that the earlier one ended with.
///
/// It reads as a short word of letters and digits whose form is nobody's business but ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor<Id>(Id);

impl<Id: Listed> Cursor<Id> {
    /// The place after `last`.
    pub fn after(last: Id) -> Self {
        Self(last)
    }

    /// Takes the word that an earlier page ended with.
    ///
    /// # Errors
    /// A [`Rejection`] of `cursor` for every other word.
    pub fn parse(word: &str) -> Result<Self, Rejection> {
        let cursor = word
            .strip_prefix(Id::MARK)
            .and_then(|digits| i64::from_str_radix(digits, 16).ok())
            .and_then(|number| Id::parse(number).ok())
            .map(Self);
        // Compared with its own form: else `i+1` and `i01` would pass for `i1`.
        cursor
            .filter(|cursor| cursor.to_string() == word)
            .ok_or_else(|| {
                let reason = "must be the next_cursor of an earlier page of this list";
                Rejection::new("cursor", "malformed", reason)
            })
    }

    /// The entry that the earlier page ended with.
    pub fn last(self) -> Id {
        self.0
    }
}

impl<Id: Listed> fmt::Display for Cursor<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:x}", Id::MARK, self.0.number())
    }
}

/// Some entries of a list, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, Id> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor<Id>>,
}

impl<T, Id: Listed> Page<T, Id> {
    /// Cuts the entry off that was fetched beyond `size` to see whether there is more.
    pub fn cut(mut entries: Vec<T>, size: PageSize, id: impl Fn(&T) -> Id) -> Self {
        let size = usize::try_from(size.get()).unwrap_or(usize::MAX);
        let more = size < entries.len();
        entries.truncate(size);
        let last = entries.last().filter(|_| more);
        Self {
            next: last.map(|entry| Cursor::after(id(entry))),
            entries,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Cursor, Page, PageSize};
    use crate::{ItemId, OrderId};

    fn id(number: i64) -> ItemId {
        ItemId::parse(number).unwrap()
    }

    #[test]
    fn a_page_has_1_to_100_entries_and_20_by_default() {
        assert!(PageSize::parse(0).is_err() && PageSize::parse(101).is_err());
        assert!(PageSize::parse(1).is_ok() && PageSize::parse(100).is_ok());
        assert_eq!(PageSize::default().get(), 20);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let word = Cursor::after(id(7)).to_string();

        let rejection = Cursor::<OrderId>::parse(&word).unwrap_err();

        assert_eq!(rejection.field, "cursor");
    }

    #[test]
    fn words_that_no_page_ended_with_are_refused() {
        for word in [
            "",
            "i",
            "7",
            "i0",
            "i01",
            "i+1",
            "i-1",
            "iG",
            "iA",
            "i 1",
            "i1 ",
            "i8000000000000000",
        ] {
            assert!(Cursor::<ItemId>::parse(word).is_err(), "{word:?}");
        }
    }

    #[test]
    fn only_a_page_with_more_behind_it_has_a_next_one() {
        let size = PageSize::parse(2).unwrap();
        let cut =
            |numbers: &[i64]| Page::cut(numbers.iter().map(|&n| id(n)).collect(), size, |&id| id);

        assert_eq!(cut(&[]).next, None);
        assert_eq!(cut(&[1, 2]).next, None);
        assert_eq!(cut(&[1, 2, 5]).next, Some(Cursor::after(id(2))));
        assert_eq!(cut(&[1, 2, 5]).entries, [id(1), id(2)]);
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_journey_and_the_url(number in 1..=i64::MAX) {
            let word = Cursor::after(id(number)).to_string();

            prop_assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && word.len() <= 17);
            prop_assert_eq!(Cursor::parse(&word), Ok(Cursor::after(id(number))));
        }

        #[test]
        fn no_word_reads_as_a_cursor_that_is_written_otherwise(word in any::<String>(), near in "[io]?[+-]?[0-9a-fA-F]{0,17}") {
            for word in [word, near] {
                if let Ok(cursor) = Cursor::<ItemId>::parse(&word) {
                    prop_assert_eq!(cursor.to_string(), word);
                }
            }
        }
    }
}

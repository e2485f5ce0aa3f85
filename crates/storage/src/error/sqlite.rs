//! What `SQLite`'s result codes mean to us, see <https://sqlite.org/rescode.html>.

use super::Meaning;

/// The file was moved or deleted while it was open.
const READONLY_DBMOVED: u32 = 1032;

pub(super) fn meaning(extended: u32) -> Meaning {
    if extended == READONLY_DBMOVED {
        return Meaning::Unusable;
    }
    // The lowest byte is the primary code, the others tell details.
    match extended & 0xff {
        // BUSY, LOCKED
        5 | 6 => Meaning::Locked,
        8 => Meaning::ReadOnly,
        13 => Meaning::Full,
        // IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB
        10 | 11 | 14 | 15 | 26 => Meaning::Unusable,
        _ => Meaning::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};

    #[test]
    fn details_of_a_code_do_not_change_its_meaning() {
        for (code, expected) in [
            (5, Meaning::Locked),
            (261, Meaning::Locked),
            (517, Meaning::Locked),
            (8, Meaning::ReadOnly),
            (1544, Meaning::ReadOnly),
            (1032, Meaning::Unusable),
            (13, Meaning::Full),
            (778, Meaning::Unusable),
            (26, Meaning::Unusable),
            (2067, Meaning::Other),
        ] {
            assert_eq!(meaning(code), expected, "{code}");
        }
    }
}

//! Why the database did not do what it was asked.

use telemetry::db::ErrorType;

/// A failure of the database, told apart by what a caller can do about it.
///
/// All but [`Error::Row`] pass without a restart once their cause is gone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many requests waited for a connection.
    #[error("no database connection became free in time")]
    Busy,
    /// Another program held the database's lock for too long.
    #[error("the database is locked by another program")]
    Locked,
    /// The database was opened for reading only, or its file may not be written.
    #[error("the database is read-only")]
    ReadOnly,
    /// The file has no room left, on its disk or below its bound.
    #[error("the database is full")]
    Full,
    /// The store was closed, because the program ends.
    #[error("the database is closed")]
    Closed,
    /// The file is missing, damaged or cannot be read or written.
    #[error("the database file cannot be used")]
    Unusable(#[source] sqlx::Error),
    /// A row breaks a rule of the domain, which only a foreign hand can have done.
    #[error("a row of {table} breaks a rule: {rejection}")]
    Row {
        /// Where the row is.
        table: &'static str,
        /// Which rule it breaks.
        rejection: domain::Rejection,
    },
    /// Anything else.
    #[error("the database refused a statement")]
    Failed(#[source] sqlx::Error),
}

impl Error {
    /// Whether the connection may be in a state that nobody expects.
    ///
    /// `SQLite` may end a transaction by itself after these, and sqlx would not notice.
    pub(crate) fn spoils_connection(&self) -> bool {
        matches!(self, Self::Full | Self::Unusable(_) | Self::Failed(_))
    }
}

impl ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Busy => "pool_timeout",
            Self::Locked => "database_locked",
            Self::ReadOnly => "database_read_only",
            Self::Full => "database_full",
            Self::Closed => "database_closed",
            Self::Unusable(_) => "database_unusable",
            Self::Row { .. } => "invalid_row",
            Self::Failed(_) => "_OTHER",
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::PoolTimedOut => return Self::Busy,
            sqlx::Error::PoolClosed => return Self::Closed,
            sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => return Self::Unusable(error),
            sqlx::Error::Database(refusal) => {
                refusal.code().and_then(|code| code.parse::<u32>().ok())
            }
            _ => None,
        };
        match code.map(Code::from) {
            Some(Code::Locked) => Self::Locked,
            Some(Code::ReadOnly) => Self::ReadOnly,
            Some(Code::Full) => Self::Full,
            Some(Code::Unusable) => Self::Unusable(error),
            Some(Code::Other) | None => Self::Failed(error),
        }
    }
}

/// What `SQLite`'s result codes mean to us, see <https://sqlite.org/rescode.html>.
#[derive(Debug, PartialEq, Eq)]
enum Code {
    Locked,
    ReadOnly,
    Full,
    Unusable,
    Other,
}

/// The file was moved or deleted while it was open.
const READONLY_DBMOVED: u32 = 1032;

impl From<u32> for Code {
    fn from(extended: u32) -> Self {
        if extended == READONLY_DBMOVED {
            return Self::Unusable;
        }
        // The lowest byte is the primary code, the others tell details.
        match extended & 0xff {
            // BUSY, LOCKED
            5 | 6 => Self::Locked,
            8 => Self::ReadOnly,
            13 => Self::Full,
            // IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB
            10 | 11 | 14 | 15 | 26 => Self::Unusable,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry::db::ErrorType;

    use super::{Code, Error};

    #[test]
    fn details_of_a_code_do_not_change_its_meaning() {
        for (code, meaning) in [
            (5, Code::Locked),
            (261, Code::Locked),
            (517, Code::Locked),
            (8, Code::ReadOnly),
            (1544, Code::ReadOnly),
            (1032, Code::Unusable),
            (13, Code::Full),
            (778, Code::Unusable),
            (26, Code::Unusable),
            (2067, Code::Other),
        ] {
            assert_eq!(Code::from(code), meaning, "{code}");
        }
    }

    #[test]
    fn a_timeout_of_the_pool_has_the_name_by_which_telemetry_counts_it() {
        assert_eq!(
            Error::from(sqlx::Error::PoolTimedOut).error_type(),
            "pool_timeout"
        );
    }
}

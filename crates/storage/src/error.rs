//! Why the database did not do what it was asked.

use std::io;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;
use telemetry::db::ErrorType;

mod postgres;
mod sqlite;

/// A failure of the database, told apart by what a caller can do about it.
///
/// All but [`Error::Row`] pass without a restart once their cause is gone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many requests waited for a connection.
    #[error("no database connection became free in time")]
    Busy,
    /// Another program, or on Postgres another transaction, held a lock for too long.
    #[error("the database is locked by another program")]
    Locked,
    /// The database was opened for reading only, its file may not be written, or the server is a standby.
    #[error("the database is read-only")]
    ReadOnly,
    /// No server answers, or the one that does is starting, stopping, full of connections or too slow.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The file has no room left, on its disk or below its bound.
    #[error("the database is full")]
    Full,
    /// The store was closed, because the program ends.
    #[error("the database is closed")]
    Closed,
    /// The file is missing, damaged or cannot be read or written.
    #[error("the database cannot be used")]
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
    /// Whether the connection may be in a state that nobody expects, or leads to the wrong server.
    ///
    /// `SQLite` may end a transaction by itself after these, and sqlx would not notice.
    pub(crate) fn spoils_connection(&self) -> bool {
        !matches!(
            self,
            Self::Busy | Self::Locked | Self::Closed | Self::Row { .. }
        )
    }

    /// Whether it may work in a moment, and nobody has to do anything for it.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Busy | Self::Locked => true,
            Self::Unavailable(sqlx::Error::Database(refusal)) => !refusal
                .code()
                .is_some_and(|state| postgres::refuses_us(&state)),
            // TLS that the server does not speak, or a certificate that we do not trust.
            Self::Unavailable(sqlx::Error::Tls(_)) => false,
            Self::Unavailable(sqlx::Error::Io(error)) => error.kind() != io::ErrorKind::InvalidData,
            Self::Unavailable(_) => true,
            _ => false,
        }
    }

    /// Nothing came back within `patience`.
    pub(crate) fn timed_out(patience: Duration) -> Self {
        let said = format!("no answer within {} ms", patience.as_millis());
        Self::Unavailable(sqlx::Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            said,
        )))
    }
}

impl ErrorType for Error {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Busy => "pool_timeout",
            Self::Locked => "database_locked",
            Self::ReadOnly => "database_read_only",
            Self::Unavailable(_) => "database_unavailable",
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
        let meaning = match &error {
            sqlx::Error::PoolClosed => return Self::Closed,
            sqlx::Error::WorkerCrashed => Meaning::Unusable,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                Meaning::Unavailable
            }
            sqlx::Error::Database(refusal) => meaning(&**refusal),
            _ => Meaning::Other,
        };
        match meaning {
            Meaning::Locked => Self::Locked,
            Meaning::ReadOnly => Self::ReadOnly,
            Meaning::Full => Self::Full,
            Meaning::Unavailable => Self::Unavailable(error),
            Meaning::Unusable => Self::Unusable(error),
            Meaning::Other => Self::Failed(error),
        }
    }
}

/// What the codes of both databases mean to us.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Locked,
    ReadOnly,
    Full,
    Unavailable,
    Unusable,
    Other,
}

fn meaning(refusal: &dyn DatabaseError) -> Meaning {
    let Some(code) = refusal.code() else {
        return Meaning::Other;
    };
    match refusal.try_downcast_ref::<SqliteError>() {
        Some(_) => code.parse().map_or(Meaning::Other, sqlite::meaning),
        None => postgres::meaning(&code),
    }
}

#[cfg(test)]
mod tests {
    use telemetry::db::ErrorType;

    use super::Error;

    #[test]
    fn a_timeout_of_the_pool_has_the_name_by_which_telemetry_counts_it() {
        assert_eq!(Error::Busy.error_type(), "pool_timeout");
    }
}

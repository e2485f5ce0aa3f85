//! How the database is opened: a file, or a server.

use std::time::Duration;

use crate::Error;
use crate::connection::{self, Connection, Dialect};

pub(crate) use file::{Access, File, LOCK_TIMEOUT};
pub use server::Server;

mod file;
mod server;

/// Why the store cannot be opened; the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The folder of the file is missing and cannot be made.
    #[error("cannot make the folder of database {database}")]
    Folder {
        /// Which one.
        database: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It cannot be reached, refuses us, or is no database.
    #[error("cannot open database {database}")]
    Open {
        /// Which one.
        database: String,
        /// What the database says.
        source: Error,
    },
    /// The tables are those of an earlier release, and may not be changed.
    #[error(
        "database {database} has schema version {found}, but {needed} is needed and mode=ro forbids the migration"
    )]
    OldSchema {
        /// Which one.
        database: String,
        /// The version of its tables; 0 if there are none.
        found: i64,
        /// The version this program works with.
        needed: i64,
    },
    /// The tables are those of a later release.
    #[error(
        "database {database} has schema version {found}, but this program knows versions up to {known}"
    )]
    NewSchema {
        /// Which one.
        database: String,
        /// The version of its tables.
        found: i64,
        /// The version this program works with.
        known: i64,
    },
    /// The tables were made by other migrations than those of this program.
    #[error("database {database}: migration {version} is not the one that was applied")]
    OtherSchema {
        /// Which one.
        database: String,
        /// The first migration that differs.
        version: i64,
    },
    /// A migration failed; nothing was changed.
    #[error("cannot migrate database {database}")]
    Migrate {
        /// Which one.
        database: String,
        /// What the database says.
        source: Error,
    },
}

/// What makes connections, all of them alike.
#[derive(Clone, Debug)]
pub(crate) enum Connector {
    File(File),
    Server(Server),
}

impl Connector {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::File(_) => Dialect::Sqlite,
            Self::Server(_) => Dialect::Postgres,
        }
    }

    /// How long a request waits for a connection, made or lent.
    pub(crate) fn patience(&self) -> Duration {
        match self {
            Self::File(_) => file::ACQUIRE_TIMEOUT,
            Self::Server(server) => server.patience,
        }
    }

    /// Makes a connection within `patience`.
    pub(crate) async fn connect(&self, patience: Duration) -> Result<Connection, Error> {
        connection::install();
        let made = async {
            match self {
                Self::File(file) => file.connect().await,
                Self::Server(server) => server.connect(patience).await,
            }
        };
        let made = tokio::time::timeout(patience, made).await;
        made.unwrap_or_else(|_| Err(Error::timed_out(patience)))
    }
}

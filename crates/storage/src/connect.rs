//! How the database is opened.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use crate::{Error, Mode, Settings};

// Both waits together answer a request within 2 s while another program holds the lock.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_000);
const LOCK_TIMEOUT: Duration = Duration::from_millis(800);

const LOG_BYTES_KEPT: &str = "67108864";

/// Why the store cannot be opened; the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The folder of the file is missing and cannot be made.
    #[error("cannot make the folder of database {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file cannot be opened, or is no database.
    #[error("cannot open database {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        source: Error,
    },
    /// The tables are those of an earlier release, and may not be changed.
    #[error(
        "database {} has schema version {found}, but {needed} is needed and mode=ro forbids the migration",
        path.display()
    )]
    OldSchema {
        /// The file.
        path: PathBuf,
        /// The version of its tables; 0 if there are none.
        found: i64,
        /// The version this program works with.
        needed: i64,
    },
    /// The tables are those of a later release.
    #[error("database {} has schema version {found}, but this program knows versions up to {known}", path.display())]
    NewSchema {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The version this program works with.
        known: i64,
    },
    /// The tables were made by other migrations than those of this program.
    #[error("database {}: migration {version} is not the one that was applied", path.display())]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// The first migration that differs.
        version: i64,
    },
    /// A migration failed; nothing was changed.
    #[error("cannot migrate database {}", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// What the database says.
        source: Error,
    },
}

/// What all connections have in common.
pub(crate) fn options(settings: &Settings) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&settings.path)
        .read_only(settings.mode == Mode::ReadOnly)
        .busy_timeout(LOCK_TIMEOUT)
        .foreign_keys(true)
        // With WAL this keeps every commit when the program is killed; FULL adds the power cut, and an fsync each.
        .synchronous(SqliteSynchronous::Normal)
        .pragma("max_page_count", settings.max_pages.to_string())
        .pragma("journal_size_limit", LOG_BYTES_KEPT)
        .thread_name(|id| format!("sqlite-{id}"))
        .disable_statement_logging()
}

pub(crate) async fn connection(options: SqliteConnectOptions) -> Result<SqliteConnection, Error> {
    Ok(options.connect().await?)
}

//! How the database is opened.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::Error;
use crate::connection::{self, Connection};

// Both waits together answer a request within 2 s while another program holds the lock.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_000);
const LOCK_TIMEOUT: Duration = Duration::from_millis(800);

const LOG_BYTES_KEPT: u64 = 64 << 20;

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

/// What a connection may do with the file.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write,
    /// For the first one only: a file that is gone later is not to come back empty.
    Create,
}

/// What the address can say of a connection; [`introduce`] and [`tune`] say the rest.
pub(crate) fn options(path: &Path, access: Access) -> Result<AnyConnectOptions, Error> {
    connection::install();
    let mode = match access {
        Access::Read => "ro",
        Access::Write => "rw",
        Access::Create => "rwc",
    };
    let options: AnyConnectOptions = format!("sqlite:{}?mode={mode}", escaped(path)).parse()?;
    Ok(options.disable_statement_logging())
}

/// Every byte of it, slashes too: of a path that it can see, an address forgets what stands before `..`.
fn escaped(path: &Path) -> String {
    let mut escaped = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        let _ = write!(escaped, "%{byte:02X}");
    }
    escaped
}

/// What every connection needs; it does not look at the file, so it cannot fail because of it.
pub(crate) async fn introduce(connection: &mut Connection) -> Result<(), sqlx::Error> {
    let pragmas = format!("pragma busy_timeout = {}", LOCK_TIMEOUT.as_millis());
    connection.execute(AssertSqlSafe(pragmas)).await?;
    Ok(())
}

/// What a connection that writes needs.
pub(crate) async fn tune(connection: &mut Connection, max_pages: u64) -> Result<(), Error> {
    // With WAL, NORMAL keeps every commit when the program is killed; FULL adds the power cut, and an fsync each.
    let pragmas = format!(
        "pragma synchronous = normal;
         pragma max_page_count = {max_pages};
         pragma journal_size_limit = {LOG_BYTES_KEPT}",
    );
    connection.execute(AssertSqlSafe(pragmas)).await?;
    Ok(())
}

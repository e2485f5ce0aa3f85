//! How a file of `SQLite` is opened.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::Error;
use crate::connection::Connection;

/// Both waits together answer a request within 2 s while another program holds the lock.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_000);
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_millis(800);

const LOG_BYTES_KEPT: u64 = 64 << 20;

/// What a connection may do with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// For the first one only: a file that is gone later is not to come back empty.
    Create,
}

/// A file, and how it is opened.
#[derive(Clone, Debug)]
pub(crate) struct File {
    options: AnyConnectOptions,
    access: Access,
    max_pages: u64,
}

impl File {
    pub(crate) fn new(path: &Path, access: Access, max_pages: u64) -> Result<Self, Error> {
        let mode = match access {
            Access::Read => "ro",
            Access::Write => "rw",
            Access::Create => "rwc",
        };
        let options: AnyConnectOptions = format!("sqlite:{}?mode={mode}", escaped(path)).parse()?;
        Ok(Self {
            options: options.disable_statement_logging(),
            access,
            max_pages,
        })
    }

    pub(super) async fn connect(&self) -> Result<Connection, Error> {
        let mut connection = self.options.connect().await?;
        connection.execute(patience(LOCK_TIMEOUT)).await?;
        if self.access != Access::Read {
            connection.execute(self.tuning()).await?;
        }
        if self.access == Access::Write {
            // From here on it has a patience of its own, see `lane::turn`.
            connection.execute(patience(Duration::ZERO)).await?;
        }
        Ok(connection)
    }

    /// What a connection needs that writes.
    fn tuning(&self) -> AssertSqlSafe<String> {
        // With WAL, NORMAL keeps every commit when the program is killed; FULL adds the power cut, and an fsync each.
        AssertSqlSafe(format!(
            "pragma synchronous = normal;
             pragma max_page_count = {};
             pragma journal_size_limit = {LOG_BYTES_KEPT}",
            self.max_pages
        ))
    }
}

fn patience(patience: Duration) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("pragma busy_timeout = {}", patience.as_millis()))
}

/// Every byte of it, slashes too: of a path that it can see, an address forgets what stands before `..`.
fn escaped(path: &Path) -> String {
    let mut escaped = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        let _ = write!(escaped, "%{byte:02X}");
    }
    escaped
}

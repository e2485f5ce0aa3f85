//! How a writer comes by the one lock of a file, beside programs that write without a pause.

use std::time::Duration;

use sqlx::Executor as _;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::connect::LOCK_TIMEOUT;
use crate::connection::Connection;

/// `SQLite`'s own patience asks ever more rarely, up to 100 ms apart: a lock that is free for a moment
/// after each of many transactions would hardly ever be seen free.
const PAUSE: Duration = Duration::from_millis(1);

/// Begins a transaction that excludes other writers from its first moment.
pub(super) async fn take(connection: &mut Connection) -> Result<(), Error> {
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        let begun = connection.execute("BEGIN IMMEDIATE").await;
        match begun.map_err(Error::from) {
            Err(Error::Locked) if Instant::now() < deadline => sleep(PAUSE).await,
            outcome => return outcome.map(drop),
        }
    }
}

//! Looking at a file: `SQLite` tells nobody what another program wrote.

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;

use super::Signals;
use crate::connect::{self, Access};
use crate::connection::Connection;
use crate::{Error, Settings};

/// What a change may be late by.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a file that cannot be read is left alone; who waits meanwhile looks when its time is up.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Looks while somebody waits. It is no call of the store: it reads no table, and would fill every trace.
pub(super) async fn watch(settings: Settings, signals: Arc<Signals>) {
    let mut waiting = signals.waiting.subscribe();
    let mut file = File::default();
    while waiting.wait_for(|waiting| 0 < *waiting).await.is_ok() {
        match file.changed(&settings).await {
            Ok(true) => signals.all(),
            Ok(false) => {}
            Err(error) => {
                tracing::debug!(error = %error, "cannot see whether the database changes");
                file = File::default();
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The file, seen through one connection: its versions mean nothing to another.
#[derive(Default)]
struct File {
    connection: Option<Connection>,
    version: Option<i64>,
}

impl File {
    /// Whether anybody committed since the last look; the first look says yes.
    async fn changed(&mut self, settings: &Settings) -> Result<bool, Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(open(settings).await?),
        };
        let version = sqlx::query_scalar("pragma data_version")
            .fetch_one(connection)
            .await?;
        Ok(self.version.replace(version) != Some(version))
    }
}

async fn open(settings: &Settings) -> Result<Connection, Error> {
    let options = connect::options(&settings.path, Access::Read)?;
    let mut connection = options.connect().await?;
    connect::tune(&mut connection, settings.max_pages).await?;
    Ok(connection)
}

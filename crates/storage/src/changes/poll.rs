//! Looking at a file: `SQLite` tells nobody what another program wrote.

use std::sync::Arc;
use std::time::Duration;

use super::Signals;
use crate::Error;
use crate::connect::Connector;
use crate::connection::Connection;

/// What a change may be late by.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a file that cannot be read is left alone; who waits meanwhile looks when its time is up.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Looks while somebody waits. It is no call of the store: it reads no table, and would fill every trace.
pub(super) async fn watch(connector: Connector, signals: Arc<Signals>) {
    let mut waiting = signals.waiting.subscribe();
    let mut file = File::default();
    while waiting.wait_for(|waiting| 0 < *waiting).await.is_ok() {
        match file.changed(&connector).await {
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
    async fn changed(&mut self, connector: &Connector) -> Result<bool, Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connector.connect(connector.patience()).await?),
        };
        let version = sqlx::query_scalar("pragma data_version")
            .fetch_one(connection)
            .await?;
        Ok(self.version.replace(version) != Some(version))
    }
}

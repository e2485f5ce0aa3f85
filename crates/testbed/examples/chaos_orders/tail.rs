//! A reader of the order events that follows by number: what it passes over, every cursor would have missed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::anyhow;
use sqlx::{AnyConnection, Connection as _, Row as _};
use tokio::runtime::Builder;

use crate::database;
use crate::progress::Progress;

/// Between two looks: several events come meanwhile, and several transactions are under way.
const LOOK: Duration = Duration::from_millis(10);
/// While the database is down.
const AGAIN: Duration = Duration::from_millis(100);

/// The numbers seen, once it has ended.
pub(crate) struct Tail(JoinHandle<anyhow::Result<BTreeSet<i64>>>);

impl Tail {
    /// Follows until the clients begin nothing new.
    pub(crate) fn follow(url: String, progress: Arc<Progress>) -> Self {
        Self(thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            Ok(runtime.block_on(follow(&url, &progress)))
        }))
    }

    pub(crate) fn seen(self) -> anyhow::Result<BTreeSet<i64>> {
        self.0
            .join()
            .map_err(|_| anyhow!("the reader of events panicked"))?
    }
}

async fn follow(url: &str, progress: &Progress) -> BTreeSet<i64> {
    let mut seen = BTreeSet::new();
    while !progress.is_closing() {
        // A killed database cuts it off; it goes on behind what it saw last.
        let Ok(mut connection) = database::connect(url).await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        while !progress.is_closing() && read(&mut connection, &mut seen).await.is_ok() {
            tokio::time::sleep(LOOK).await;
        }
        // It may be gone already.
        let _closed = connection.close().await;
    }
    seen
}

async fn read(connection: &mut AnyConnection, seen: &mut BTreeSet<i64>) -> sqlx::Result<()> {
    let after = seen.last().copied().unwrap_or(0);
    let rows = sqlx::query("select seq from order_events where seq > $1 order by seq")
        .bind(after)
        .fetch_all(connection)
        .await?;
    for row in rows {
        seen.insert(row.try_get("seq")?);
    }
    Ok(())
}

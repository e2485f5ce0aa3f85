//! A pool of connections that are all used for the same: reading, writing, or both.
//!
//! Our own, because sqlx's pool tries again what fails while it connects until the wait is over, hands a
//! connection of a dropped call to the next one, and says goodbye to servers that do not answer any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::Connection as _;
use telemetry::db::{Database, Pool, PoolState};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::Error;
use crate::connect::Connector;
use crate::connection::{Connection, Dialect};

pub(crate) use held::Held;

mod held;
mod turn;

/// A server's connection that rested longer is asked whether it lives. What restarts faster costs a call that fails.
const RESTED: Duration = Duration::from_millis(100);

/// A server's connection is replaced at this age, so that its memory and what moved behind its name are let go.
const AGED: Duration = Duration::from_mins(30);

/// How long a connection may take to undo what failed before it is closed instead.
const UNDO_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) struct Lane {
    shared: Arc<Shared>,
    waits: Pool,
}

struct Shared {
    connector: Connector,
    connections: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    open: Arc<AtomicU32>,
}

/// An open connection, counted as long as it is.
struct Live {
    connection: Connection,
    made: Instant,
    _counted: Counted,
}

struct Counted(Arc<AtomicU32>);

struct Idle {
    live: Live,
    since: Instant,
}

impl Lane {
    pub(crate) fn open(
        name: &'static str,
        connections: u32,
        connector: Connector,
        database: &Database,
    ) -> Self {
        let shared = Arc::new(Shared {
            connector,
            connections,
            permits: Arc::new(Semaphore::new(connections as usize)),
            idle: Mutex::default(),
            open: Arc::default(),
        });
        // The metrics outlive the store, which is not to keep its connections open.
        let shown = Arc::downgrade(&shared);
        let waits = database.pool(name, connections, move || {
            shown
                .upgrade()
                .map_or(PoolState { idle: 0, used: 0 }, |shared| shared.state())
        });
        Self { shared, waits }
    }

    pub(crate) async fn acquire(&self) -> Result<Held, Error> {
        self.waits.acquire(self.held()).await
    }

    async fn held(&self) -> Result<Held, Error> {
        let shared = &self.shared;
        let deadline = Instant::now() + shared.connector.patience();
        let permit = timeout_at(deadline, Arc::clone(&shared.permits).acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|_| Error::Closed)?;
        let live = match shared.rested(deadline).await? {
            Some(live) => live,
            None => shared.made(deadline).await?,
        };
        Ok(Held::new(live, permit, Arc::clone(shared)))
    }

    /// Waits `patience` long for what is lent, and closes all; says whether all came back.
    pub(crate) async fn close(&self, patience: Duration) -> bool {
        let shared = &self.shared;
        let all = timeout(patience, async {
            // Served in the order of asking, so this comes after all that are under way.
            let _all = shared.permits.acquire_many(shared.connections).await;
            let idle = std::mem::take(&mut *shared.idle.lock());
            for idle in idle {
                // One that fails now is closed as well.
                let _ = idle.live.connection.close().await;
            }
        });
        let came_back = all.await.is_ok();
        shared.permits.close();
        came_back
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shared.permits.close();
    }
}

impl Shared {
    fn state(&self) -> PoolState {
        let idle = u32::try_from(self.idle.lock().len()).unwrap_or(u32::MAX);
        let used = self.open.load(Ordering::Relaxed).saturating_sub(idle);
        PoolState { idle, used }
    }

    /// One that was used before, and still lives.
    async fn rested(&self, deadline: Instant) -> Result<Option<Live>, Error> {
        loop {
            let Some(Idle { mut live, since }) = self.idle.lock().pop() else {
                return Ok(None);
            };
            if self.connector.dialect() == Dialect::Sqlite {
                // A connection to a file does not die of age, and one that failed is not given back.
                return Ok(Some(live));
            }
            if AGED < live.made.elapsed() {
                continue;
            }
            if since.elapsed() < RESTED {
                return Ok(Some(live));
            }
            match timeout_at(deadline, live.connection.ping()).await {
                Ok(Ok(())) => return Ok(Some(live)),
                Ok(Err(_)) => {}
                Err(_) => {
                    // The server hangs, or is gone without a word: no other of its connections is any better.
                    self.idle.lock().clear();
                    return Err(Error::timed_out(self.connector.patience()));
                }
            }
        }
    }

    async fn made(&self, deadline: Instant) -> Result<Live, Error> {
        let patience = deadline.saturating_duration_since(Instant::now());
        let connection = self.connector.connect(patience).await?;
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Live {
            connection,
            made: Instant::now(),
            _counted: Counted(Arc::clone(&self.open)),
        })
    }

    fn give_back(&self, live: Live) {
        if self.permits.is_closed() {
            return;
        }
        let since = Instant::now();
        self.idle.lock().push(Idle { live, since });
    }

    /// Gives back what has a transaction to undo, unless that fails.
    async fn undo_and_give_back(&self, mut live: Live) {
        if let Ok(Ok(())) = timeout(UNDO_TIMEOUT, live.connection.ping()).await {
            self.give_back(live);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

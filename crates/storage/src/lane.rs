//! A pool of connections that are all used for the same: reading, or writing.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection as _};
use telemetry::db::{Database, Pool, PoolState};

use crate::connect::{ACQUIRE_TIMEOUT, introduce, tune};
use crate::connection::{Connection, Dialect, Transaction};
use crate::{Error, Settings};

pub(crate) struct Lane {
    pool: AnyPool,
    waits: Pool,
    writer: Option<Writer>,
}

/// What makes a connection of the writer one.
///
/// Not done where the pool connects: what fails there is tried again until the wait for a connection is over,
/// and a file that is damaged would be taken for one that is busy.
struct Writer {
    /// Set by each new connection; there is one at a time.
    is_new: Arc<AtomicBool>,
    max_pages: u64,
}

/// A connection until it is given back.
pub(crate) struct Held(PoolConnection<Any>);

impl Lane {
    pub(crate) fn open(
        name: &'static str,
        connections: u32,
        options: AnyConnectOptions,
        settings: &Settings,
        database: &Database,
    ) -> Self {
        let is_new = Arc::new(AtomicBool::new(false));
        let connected = Arc::clone(&is_new);
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            // A connection to a file does not die of age, and one that failed is not given back.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                connected.store(true, Ordering::Relaxed);
                Box::pin(introduce(connection))
            })
            .connect_lazy_with(options);
        let shown = pool.clone();
        let waits = database.pool(name, connections, move || {
            let idle = u32::try_from(shown.num_idle()).unwrap_or(u32::MAX);
            let used = shown.size().saturating_sub(idle);
            PoolState { idle, used }
        });
        let writer = (connections == 1).then_some(Writer {
            is_new,
            max_pages: settings.max_pages,
        });
        Self {
            pool,
            waits,
            writer,
        }
    }

    pub(crate) async fn acquire(&self) -> Result<Held, Error> {
        self.waits.acquire(self.connection()).await.map(Held)
    }

    async fn connection(&self) -> Result<PoolConnection<Any>, Error> {
        let mut connection = self.pool.acquire().await?;
        if let Some(writer) = &self.writer
            && writer.is_new.load(Ordering::Relaxed)
        {
            let tuned = tune(&mut connection, writer.max_pages).await;
            if tuned.is_err() {
                connection.close_on_drop();
            }
            tuned?;
            writer.is_new.store(false, Ordering::Relaxed);
        }
        Ok(connection)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

impl Held {
    /// Begins a transaction that excludes other writers from its first moment.
    ///
    /// Single statements need one too: what goes wrong when `SQLite` commits a statement by itself
    /// would be lost, because sqlx drops a statement after the rows it was asked for.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        let begin = Dialect::of(&self.0).begin();
        Ok(self.0.begin_with(begin).await?)
    }

    /// Gives the connection back, or closes it if the outcome says that it is not to be trusted.
    pub(crate) fn settle<T>(mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        if outcome.as_ref().is_err_and(Error::spoils_connection) {
            self.0.close_on_drop();
        }
        outcome
    }
}

impl Deref for Held {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

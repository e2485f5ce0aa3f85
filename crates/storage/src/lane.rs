//! A pool of connections that are all used for the same: reading, or writing.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use telemetry::db::{Database, Pool, PoolState};

use crate::Error;
use crate::connect::ACQUIRE_TIMEOUT;

pub(crate) struct Lane {
    pool: SqlitePool,
    waits: Pool,
}

/// A connection until it is given back.
pub(crate) struct Held(PoolConnection<Sqlite>);

impl Lane {
    pub(crate) fn open(
        name: &'static str,
        connections: u32,
        options: SqliteConnectOptions,
        database: &Database,
    ) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            // A connection to a file does not die of age, and one that failed is not given back.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let shown = pool.clone();
        let waits = database.pool(name, connections, move || {
            let idle = u32::try_from(shown.num_idle()).unwrap_or(u32::MAX);
            let used = shown.size().saturating_sub(idle);
            PoolState { idle, used }
        });
        Self { pool, waits }
    }

    pub(crate) async fn acquire(&self) -> Result<Held, Error> {
        self.waits.acquire(self.connection()).await.map(Held)
    }

    async fn connection(&self) -> Result<PoolConnection<Sqlite>, Error> {
        Ok(self.pool.acquire().await?)
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
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_, Sqlite>, Error> {
        Ok(self.0.begin_with("BEGIN IMMEDIATE").await?)
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
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

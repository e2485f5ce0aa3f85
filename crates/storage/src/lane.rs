//! A pool of connections that are all used for the same: reading, or writing.

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use telemetry::db::{Call, Database, Pool, PoolState};

use crate::Error;
use crate::connect::ACQUIRE_TIMEOUT;

/// How a transaction ends that met no failure.
pub(crate) enum Ending<T> {
    Commit(T),
    RollBack(T),
}

pub(crate) struct Lane {
    pool: SqlitePool,
    waits: Pool,
}

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
            // A connection to a file does not die of age, and one that failed is closed below.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let shown = pool.clone();
        let waits = database.pool(name, connections, move || {
            let idle = u32::try_from(shown.num_idle()).unwrap_or(u32::MAX);
            PoolState {
                idle,
                used: shown.size().saturating_sub(idle),
            }
        });
        Self { pool, waits }
    }

    /// Runs `work` on a connection of its own, as one `call`.
    pub(crate) async fn read<T>(
        &self,
        call: &Call,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.waits.acquire(self.acquire()).await?;
        let outcome = telemetry::db::call(call, work(&mut connection)).await;
        if outcome.as_ref().is_err_and(Error::spoils_connection) {
            connection.close_on_drop();
        }
        outcome
    }

    /// Runs `work` in a transaction that excludes other writers from its first moment, as one `call`.
    ///
    /// All writes come this way, single statements too: what goes wrong when `SQLite` commits a statement
    /// by itself would be lost, because sqlx drops a statement after the rows it was asked for.
    pub(crate) async fn write<T>(
        &self,
        call: &Call,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<Ending<T>, Error>,
    ) -> Result<T, Error> {
        self.read(call, async |connection| {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            match work(&mut transaction).await? {
                Ending::Commit(outcome) => {
                    transaction.commit().await?;
                    Ok(outcome)
                }
                Ending::RollBack(outcome) => {
                    transaction.rollback().await?;
                    Ok(outcome)
                }
            }
        })
        .await
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn acquire(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, Error> {
        Ok(self.pool.acquire().await?)
    }
}

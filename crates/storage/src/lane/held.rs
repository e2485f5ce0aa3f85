//! A connection while it is lent.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::Connection as _;
use tokio::sync::OwnedSemaphorePermit;

use super::{Live, Shared, turn};
use crate::Error;
use crate::connection::{Connection, Dialect, Transaction};

/// A connection until it is settled. One that is dropped instead, because its request was, is closed:
/// nobody knows what it was in the middle of.
pub(crate) struct Held {
    live: Live,
    // After the connection, so that it is closed before another may be made.
    permit: OwnedSemaphorePermit,
    shared: Arc<Shared>,
}

impl Held {
    pub(super) fn new(live: Live, permit: OwnedSemaphorePermit, shared: Arc<Shared>) -> Self {
        Self {
            live,
            permit,
            shared,
        }
    }

    /// Begins a transaction that excludes other writers from its first moment on `SQLite`, and none on Postgres.
    ///
    /// Single statements need one too: what goes wrong when `SQLite` commits a statement by itself
    /// would be lost, because sqlx drops a statement after the rows it was asked for.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        let connection = &mut self.live.connection;
        let begin = match Dialect::of(connection) {
            Dialect::Postgres => "BEGIN",
            Dialect::Sqlite => {
                turn::take(connection).await?;
                // The transaction has begun; this is how sqlx learns of it.
                "SELECT 1"
            }
        };
        Ok(connection.begin_with(begin).await?)
    }

    /// Gives the connection back, or closes it if the outcome says that it is not to be trusted.
    pub(crate) fn settle<T>(self, outcome: Result<T, Error>) -> Result<T, Error> {
        let Self {
            live,
            permit,
            shared,
        } = self;
        match &outcome {
            // A transaction that was dropped is undone when the connection is used again, and keeps its locks until then.
            Ok(_) if !live.connection.should_flush() => shared.give_back(live),
            Err(error) if error.spoils_connection() => drop(live),
            _ => {
                tokio::spawn(async move {
                    shared.undo_and_give_back(live).await;
                    drop(permit);
                });
            }
        }
        outcome
    }
}

impl Deref for Held {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.live.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.live.connection
    }
}

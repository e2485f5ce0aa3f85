//! The tables, brought up to date at start by whoever starts first.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType};
use sqlx::{ConnectOptions, Connection as _, Executor, SqlSafeStr};

use crate::connect::Access;
use crate::connection::{Connection, Dialect};
use crate::{ConnectError, Error, Mode, Settings, connect};

/// Where sqlx notes what was applied.
pub(crate) const TABLE: &str = "_sqlx_migrations";

/// How long a start waits for other starters, and for whoever else holds the lock.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

static MIGRATIONS: LazyLock<Vec<Migration>> = LazyLock::new(|| {
    let first = include_str!("../migrations/sqlite/0001_items_orders_jobs.sql");
    let second = include_str!("../migrations/sqlite/0002_shipments_history.sql");
    vec![
        migration(1, "items, orders, jobs", first),
        migration(2, "shipments, history", second),
    ]
});

fn migration(version: i64, description: &'static str, sql: &'static str) -> Migration {
    Migration::new(
        version,
        description.into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    )
}

/// Makes or checks the tables, waiting while others do the same.
pub(crate) async fn prepare(settings: &Settings) -> Result<(), ConnectError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt(settings).await {
            Err(
                ConnectError::Open {
                    source: Error::Locked,
                    ..
                }
                | ConnectError::Migrate {
                    source: Error::Locked,
                    ..
                },
            ) if Instant::now() < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(settings: &Settings) -> Result<(), ConnectError> {
    let path = &settings.path;
    let writable = settings.mode == Mode::ReadWriteCreate;
    let open = |source| ConnectError::Open {
        path: path.clone(),
        source,
    };
    let mut connection = first(settings).await.map_err(open)?;

    let applied = applied(&mut connection).await.map_err(open)?;
    let found = version(&applied, path)?;
    if found < needed() {
        if !writable {
            return Err(ConnectError::OldSchema {
                path: path.clone(),
                found,
                needed: needed(),
            });
        }
        migrate(&mut connection)
            .await
            .map_err(|source| ConnectError::Migrate {
                path: path.clone(),
                source,
            })?;
    }
    connection
        .close()
        .await
        .map_err(|source| open(source.into()))
}

async fn first(settings: &Settings) -> Result<Connection, Error> {
    let writable = settings.mode == Mode::ReadWriteCreate;
    let access = if writable {
        Access::Create
    } else {
        Access::Read
    };
    let mut connection = connect::options(&settings.path, access)?.connect().await?;
    connect::introduce(&mut connection).await?;
    connect::tune(&mut connection, settings.max_pages).await?;
    if writable {
        // Stays with the file: later connections find it set.
        connection.execute("pragma journal_mode = wal").await?;
    }
    Ok(connection)
}

/// One transaction for all, which also is the lock that keeps other starters out; a kill undoes it.
async fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let mut transaction = connection
        .begin_with(Dialect::of(connection).begin())
        .await?;
    transaction
        .ensure_migrations_table(TABLE)
        .await
        .map_err(cause)?;
    // Read again: another starter may have been here before the lock was ours.
    let found = last(&applied(&mut transaction).await?);
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| found < migration.version)
    {
        transaction.apply(TABLE, migration).await.map_err(cause)?;
    }
    Ok(transaction.commit().await?)
}

async fn applied(connection: &mut Connection) -> Result<Vec<AppliedMigration>, Error> {
    let tables: i64 =
        sqlx::query_scalar("select count(*) from sqlite_schema where type = 'table' and name = $1")
            .bind(TABLE)
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(Vec::new());
    }
    connection
        .list_applied_migrations(TABLE)
        .await
        .map_err(cause)
}

fn cause(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => Error::Failed(sqlx::Error::Migrate(Box::new(other))),
    }
}

fn last(applied: &[AppliedMigration]) -> i64 {
    applied
        .iter()
        .map(|applied| applied.version)
        .max()
        .unwrap_or(0)
}

fn needed() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// The version of the tables, if they were made by migrations of ours.
fn version(applied: &[AppliedMigration], path: &Path) -> Result<i64, ConnectError> {
    let found = last(applied);
    if needed() < found {
        return Err(ConnectError::NewSchema {
            path: path.to_owned(),
            found,
            known: needed(),
        });
    }
    for (applied, ours) in applied.iter().zip(MIGRATIONS.iter()) {
        if applied.version != ours.version || applied.checksum != ours.checksum {
            return Err(ConnectError::OtherSchema {
                path: path.to_owned(),
                version: applied.version,
            });
        }
    }
    Ok(found)
}

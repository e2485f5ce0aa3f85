//! The tables, brought up to date at start by whoever starts first.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration, MigrationType};
use sqlx::{Connection as _, Executor, SqlSafeStr};
use tokio::time::Instant;

use crate::connect::Connector;
use crate::connection::{Connection, Dialect};
use crate::{ConnectError, Error, Place, Settings};

/// Where sqlx notes what was applied.
pub(crate) const TABLE: &str = "_sqlx_migrations";

/// How long a start waits for other starters, and for whoever else holds the lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one attempt to connect may take at a start, which nobody waits for within a request.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The lock that starters on Postgres take in turn: any number that no other program takes.
const STARTERS: i64 = 0x7175_6172_7465_7401;

static SQLITE: LazyLock<Vec<Migration>> = LazyLock::new(|| {
    let first = include_str!("../migrations/sqlite/0001_items_orders_jobs.sql");
    let second = include_str!("../migrations/sqlite/0002_shipments_history.sql");
    numbered([first, second])
});

static POSTGRES: LazyLock<Vec<Migration>> = LazyLock::new(|| {
    let first = include_str!("../migrations/postgres/0001_items_orders_jobs.sql");
    let second = include_str!("../migrations/postgres/0002_shipments_history.sql");
    numbered([first, second])
});

/// What the steps are called, in both dialects.
const STEPS: [&str; 2] = ["items, orders, jobs", "shipments, history"];

fn numbered(texts: [&'static str; STEPS.len()]) -> Vec<Migration> {
    let steps = STEPS.into_iter().zip(texts);
    (1..)
        .zip(steps)
        .map(|(version, (description, sql))| migration(version, description, sql))
        .collect()
}

fn migrations(dialect: Dialect) -> &'static [Migration] {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
    }
}

fn migration(version: i64, description: &'static str, sql: &'static str) -> Migration {
    Migration::new(
        version,
        description.into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    )
}

/// Makes or checks the tables, waiting while others do the same, and for a server that starts at the same time.
pub(crate) async fn prepare(
    connector: &Connector,
    settings: &Settings,
) -> Result<(), ConnectError> {
    let pause = match connector.dialect() {
        Dialect::Sqlite => Duration::from_millis(50),
        Dialect::Postgres => Duration::from_secs(2),
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let next = Instant::now() + pause;
        match attempt(connector, settings).await {
            Err(
                ConnectError::Open { source, database }
                | ConnectError::Migrate { source, database },
            ) if source.passes() && next < deadline => {
                if let Error::Unavailable(_) = source {
                    tracing::warn!(
                        error = &source as &dyn std::error::Error,
                        db.namespace = database,
                        "waiting for the database"
                    );
                }
                tokio::time::sleep_until(next).await;
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(connector: &Connector, settings: &Settings) -> Result<(), ConnectError> {
    let database = || settings.place.to_string();
    let open = |source| ConnectError::Open {
        database: database(),
        source,
    };
    let dialect = connector.dialect();
    let mut connection = first(connector, settings).await.map_err(open)?;

    let applied = applied(&mut connection).await.map_err(open)?;
    let found = version(&applied, dialect, &settings.place)?;
    let needed = needed(dialect);
    if found < needed {
        if settings.place.is_read_only() {
            return Err(ConnectError::OldSchema {
                database: database(),
                found,
                needed,
            });
        }
        migrate(&mut connection)
            .await
            .map_err(|source| ConnectError::Migrate {
                database: database(),
                source,
            })?;
    }
    connection
        .close()
        .await
        .map_err(|source| open(source.into()))
}

async fn first(connector: &Connector, settings: &Settings) -> Result<Connection, Error> {
    let mut connection = connector.connect(CONNECT_TIMEOUT).await?;
    if connector.dialect() == Dialect::Sqlite && !settings.place.is_read_only() {
        // Stays with the file: later connections find it set.
        connection.execute("pragma journal_mode = wal").await?;
    }
    Ok(connection)
}

/// One transaction for all, which also is the lock that keeps other starters out; a kill undoes it.
async fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let dialect = Dialect::of(connection);
    let mut transaction = connection.begin_with(dialect.begin()).await?;
    if dialect == Dialect::Postgres {
        // A migration may take longer than any request, and waits for the other starters.
        transaction
            .execute("set local statement_timeout = 0; set local lock_timeout = '10s'")
            .await?;
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(STARTERS)
            .execute(&mut *transaction)
            .await?;
    }
    transaction
        .ensure_migrations_table(TABLE)
        .await
        .map_err(cause)?;
    // Read again: another starter may have been here before the lock was ours.
    let found = last(&applied(&mut transaction).await?);
    for migration in migrations(dialect)
        .iter()
        .filter(|migration| found < migration.version)
    {
        transaction.apply(TABLE, migration).await.map_err(cause)?;
    }
    Ok(transaction.commit().await?)
}

async fn applied(connection: &mut Connection) -> Result<Vec<AppliedMigration>, Error> {
    let count = match Dialect::of(connection) {
        Dialect::Sqlite => "select count(*) from sqlite_schema where type = 'table' and name = $1",
        Dialect::Postgres => {
            "select count(*) from pg_tables where schemaname = current_schema() and tablename = $1"
        }
    };
    let tables: i64 = sqlx::query_scalar(count)
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

fn needed(dialect: Dialect) -> i64 {
    migrations(dialect)
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// The version of the tables, if they were made by migrations of ours.
fn version(
    applied: &[AppliedMigration],
    dialect: Dialect,
    place: &Place,
) -> Result<i64, ConnectError> {
    let found = last(applied);
    let known = needed(dialect);
    if known < found {
        return Err(ConnectError::NewSchema {
            database: place.to_string(),
            found,
            known,
        });
    }
    for (applied, ours) in applied.iter().zip(migrations(dialect)) {
        if applied.version != ours.version || applied.checksum != ours.checksum {
            return Err(ConnectError::OtherSchema {
                database: place.to_string(),
                version: applied.version,
            });
        }
    }
    Ok(found)
}

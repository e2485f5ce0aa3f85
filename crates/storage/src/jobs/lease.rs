//! How workers come by their jobs, and keep them.

use std::time::Duration;

use domain::{OrderStatus, Timestamp};
use sqlx::{AssertSqlSafe, Row as _};

use super::{DeadLetter, Lease, bury};
use crate::connection::{Connection, Row};
use crate::lane::Held;
use crate::{Error, Store, clock, events, orders, rows};

/// What a worker got.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The jobs that are its own now, the longest due first.
    pub leases: Vec<Lease>,
    /// The jobs that it found with their attempts used up, and buried.
    pub buried: Vec<DeadLetter>,
}

impl Store {
    /// Takes up to `limit` due jobs for a while, those first whose lease expired.
    ///
    /// The attempt counts from now on, whatever becomes of the worker. An order that was pending is being
    /// processed from here. A job whose lease expired after attempt `max_attempts` is buried instead.
    ///
    /// # Errors
    /// [`Error`], if the database failed; jobs that were buried before that are dead.
    pub async fn lease_jobs(
        &self,
        limit: u32,
        lasts: Duration,
        max_attempts: u32,
    ) -> Result<Claimed, Error> {
        let mut held = self.writer().acquire().await?;
        let work = claim(&mut held, limit, lasts, max_attempts);
        let outcome = self.call(&self.calls().update_jobs, work).await;
        held.settle(outcome)
    }

    /// Keeps a job for another while from now; false, if it is no longer the worker's.
    ///
    /// # Errors
    /// [`Error`], if the database failed; the lease may have been renewed.
    pub async fn renew_lease(&self, lease: &Lease, lasts: Duration) -> Result<bool, Error> {
        let mut held = self.writer().acquire().await?;
        let work = renew(&mut held, lease, lasts);
        let outcome = self.call(&self.calls().update_jobs, work).await;
        held.settle(outcome)
    }
}

async fn claim(
    held: &mut Held,
    limit: u32,
    lasts: Duration,
    max_attempts: u32,
) -> Result<Claimed, Error> {
    let buried = bury::expired(held, limit, max_attempts).await?;
    let leases = lease(held, limit, lasts, max_attempts).await?;
    Ok(Claimed { leases, buried })
}

async fn lease(
    held: &mut Held,
    limit: u32,
    lasts: Duration,
    max_attempts: u32,
) -> Result<Vec<Lease>, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    let span = Span {
        now,
        until: now + lasts,
    };
    let mut leases = take_over(&mut transaction, span, limit, max_attempts).await?;
    let room = limit.saturating_sub(u32::try_from(leases.len()).unwrap_or(u32::MAX));
    leases.extend(take_ready(&mut transaction, span, room).await?);
    leases.sort_by_key(|lease| (lease.due_at, lease.job));

    let mut begun = Vec::new();
    for lease in &leases {
        let (from, to) = (OrderStatus::Pending, OrderStatus::Processing);
        if orders::step(&mut transaction, lease.order, from, to, now).await? {
            begun.push(lease.order);
        }
    }
    for order in begun {
        events::insert(&mut transaction, order, OrderStatus::Processing, now).await?;
    }
    transaction.commit().await?;
    Ok(leases)
}

/// From when to when the leases last.
#[derive(Clone, Copy)]
struct Span {
    now: Timestamp,
    until: Timestamp,
}

/// Takes jobs whose worker let its lease expire.
async fn take_over(
    connection: &mut Connection,
    span: Span,
    limit: u32,
    max_attempts: u32,
) -> Result<Vec<Lease>, Error> {
    let sql = take_over_sql(super::skip_locked(connection));
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(span.now.millis())
        .bind(span.until.millis())
        .bind(i64::from(limit))
        .bind(i64::from(max_attempts))
        .fetch_all(connection)
        .await?;
    rows.iter().map(leased).collect()
}

/// Takes jobs that nobody holds.
async fn take_ready(
    connection: &mut Connection,
    span: Span,
    limit: u32,
) -> Result<Vec<Lease>, Error> {
    let sql = take_ready_sql(super::skip_locked(connection));
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(span.now.millis())
        .bind(span.until.millis())
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(leased).collect()
}

// Materialized, because Postgres may otherwise choose again for each row, and take more than the limit.

fn take_over_sql(skip_locked: &str) -> String {
    format!(
        "with due as materialized (
             select id from jobs where state = 'leased' and leased_until <= $1 and attempts < $4
             order by leased_until, id limit $3 {skip_locked}
         )
         update jobs set run_at = leased_until, leased_until = $2, attempts = attempts + 1,
             fence = fence + 1, updated_at = $1
         where id in (select id from due) returning *"
    )
}

fn take_ready_sql(skip_locked: &str) -> String {
    format!(
        "with due as materialized (
             select id from jobs where state = 'ready' and run_at <= $1
             order by run_at, id limit $3 {skip_locked}
         )
         update jobs set state = 'leased', leased_until = $2, attempts = attempts + 1,
             fence = fence + 1, updated_at = $1
         where id in (select id from due) returning *"
    )
}

fn leased(row: &Row) -> Result<Lease, Error> {
    Ok(Lease {
        job: super::job_id(row)?,
        order: super::order_id(row)?,
        attempt: super::attempts(row)?,
        fence: row.try_get("fence")?,
        payload: row.try_get("payload")?,
        due_at: rows::moment(row, "run_at")?,
        created_at: rows::moment(row, "created_at")?,
    })
}

async fn renew(held: &mut Held, lease: &Lease, lasts: Duration) -> Result<bool, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    let renewed = sqlx::query(
        "update jobs set leased_until = $3, updated_at = $4
         where id = $1 and fence = $2 and state = 'leased'",
    )
    .bind(lease.job.get())
    .bind(lease.fence)
    .bind((now + lasts).millis())
    .bind(now.millis())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(renewed.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection};

    use super::{take_over_sql, take_ready_sql};

    const TABLES: [&str; 2] = [
        include_str!("../../migrations/sqlite/0001_items_orders_jobs.sql"),
        include_str!("../../migrations/sqlite/0002_shipments_history.sql"),
    ];

    #[tokio::test]
    async fn choosing_a_job_does_not_sort_the_queue() {
        let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for tables in TABLES {
            database.execute(tables).await.unwrap();
        }

        for (sql, index) in [
            (take_ready_sql(""), "jobs_ready"),
            (take_over_sql(""), "jobs_leased"),
        ] {
            let explain = AssertSqlSafe(format!("explain query plan {sql}"));
            let steps = database.fetch_all(explain).await.unwrap();
            let plan: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
            let plan = plan.join("\n");
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("ORDER BY"), "{plan}");
        }
    }
}

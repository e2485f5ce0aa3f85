//! What is forgotten, so that nothing grows without bound.

use std::time::Duration;

use domain::Timestamp;
use sqlx::AssertSqlSafe;
use telemetry::db::Call;

use crate::lane::Held;
use crate::{Error, Store};

/// Bounds of one [`Store::prune_history`], so that it never holds the writer for long.
const BATCH: u64 = 500;
const BATCHES: usize = 20;

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Jobs that were done or cancelled.
    pub jobs: u64,
    /// Events of orders that had ended.
    pub events: u64,
}

const JOBS: &str = "delete from jobs where id in (
    select id from jobs where state in ('done', 'cancelled') and ended_at <= $1
    order by ended_at limit $2";

/// An order's events go together, once it has ended: its status changed last when it did.
const EVENTS: &str = "delete from order_events where seq in (
    select seq from order_events as old where at <= $1 and exists (
        select 1 from orders where id = old.order_id
        and status in ('done', 'cancelled', 'failed') and updated_at <= $1
    ) order by at limit $2";

impl Store {
    /// Deletes, up to 10,000 of each: jobs that were done or cancelled at least `keep` before `now`,
    /// and events of orders that ended then. Orders, shipments and dead letters stay.
    ///
    /// # Errors
    /// [`Error`], if the database failed; what was deleted before that is gone.
    pub async fn prune_history(&self, now: Timestamp, keep: Duration) -> Result<Pruned, Error> {
        let kept = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let until = Timestamp::from_millis(now.millis().saturating_sub(kept));
        Ok(Pruned {
            jobs: self
                .prune_all(JOBS, &self.calls().delete_jobs, until)
                .await?,
            events: self
                .prune_all(EVENTS, &self.calls().delete_events, until)
                .await?,
        })
    }

    async fn prune_all(
        &self,
        sql: &'static str,
        call: &Call,
        until: Timestamp,
    ) -> Result<u64, Error> {
        let mut pruned = 0;
        for _ in 0..BATCHES {
            let mut held = self.writer().acquire().await?;
            let outcome = self.call(call, prune(&mut held, sql, until)).await;
            let batch = held.settle(outcome)?;
            pruned += batch;
            if batch < BATCH {
                break;
            }
        }
        Ok(pruned)
    }
}

async fn prune(held: &mut Held, sql: &'static str, until: Timestamp) -> Result<u64, Error> {
    let mut transaction = held.begin().await?;
    // Two programs that prune at once pass each other by.
    let sql = format!("{sql} {})", super::skip_locked(&transaction));
    let pruned = sqlx::query(AssertSqlSafe(sql))
        .bind(until.millis())
        .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(pruned.rows_affected())
}

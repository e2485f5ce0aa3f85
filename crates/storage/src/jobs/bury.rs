//! How a job is given up: its order fails, and what was ordered goes back to the shelf.

use domain::{JobId, OrderId, OrderStatus, Timestamp};
use sqlx::Row as _;

use super::{DeadLetter, JobError, Lease, bounded};
use crate::connection::Connection;
use crate::lane::Held;
use crate::orders::{self, stock};
use crate::{Error, Store, clock, events};

impl Store {
    /// Gives a job up: it is a dead letter, its order failed and its stock is back.
    ///
    /// # Errors
    /// [`JobError`]; nothing was changed then.
    pub async fn bury_job(&self, lease: &Lease, reason: &str) -> Result<(), JobError> {
        let grave = Grave {
            job: lease.job,
            order: lease.order,
            fence: lease.fence,
            reason: bounded(reason),
        };
        let mut held = self.writer().acquire().await?;
        let work = bury(&mut held, &grave);
        let outcome = self.call(&self.calls().update_jobs, work).await;
        match held.settle(outcome)? {
            true => Ok(()),
            false => Err(JobError::LeaseLost(lease.job)),
        }
    }
}

struct Grave {
    job: JobId,
    order: OrderId,
    fence: i64,
    reason: String,
}

/// Buries jobs whose last lease expired, each in a transaction of its own.
///
/// A worker that dies of a job cannot bury it, so whoever comes next does.
pub(super) async fn expired(
    held: &mut Held,
    limit: u32,
    max_attempts: u32,
) -> Result<Vec<DeadLetter>, Error> {
    let now = clock::now(held).await?;
    let rows = sqlx::query(
        "select * from jobs where state = 'leased' and leased_until <= $1 and attempts >= $2
         order by leased_until, id limit $3",
    )
    .bind(now.millis())
    .bind(i64::from(max_attempts))
    .bind(i64::from(limit))
    .fetch_all(&mut **held)
    .await?;

    let mut buried = Vec::new();
    for row in &rows {
        let attempts = super::attempts(row)?;
        let grave = Grave {
            job: super::job_id(row)?,
            order: super::order_id(row)?,
            fence: row.try_get("fence")?,
            reason: format!("nobody ended attempt {attempts} before its lease did"),
        };
        if bury(held, &grave).await? {
            buried.push(DeadLetter {
                job: grave.job,
                order: grave.order,
                attempts,
                reason: grave.reason,
            });
        }
    }
    Ok(buried)
}

async fn bury(held: &mut Held, grave: &Grave) -> Result<bool, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    if !dead(&mut transaction, grave, now).await? {
        // Not left to its drop, see `finish`.
        transaction.rollback().await?;
        return Ok(false);
    }
    if fail(&mut transaction, grave.order, now).await? {
        stock::give_back(&mut transaction, grave.order, now).await?;
        events::insert(&mut transaction, grave.order, OrderStatus::Failed, now).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

async fn dead(connection: &mut Connection, grave: &Grave, now: Timestamp) -> Result<bool, Error> {
    let dead = sqlx::query(
        "update jobs set state = 'dead', leased_until = null, last_error = $3, ended_at = $4, updated_at = $4
         where id = $1 and fence = $2 and state = 'leased'",
    )
    .bind(grave.job.get())
    .bind(grave.fence)
    .bind(grave.reason.as_str())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(dead.rows_affected() == 1)
}

/// An order that ended otherwise, by a foreign hand, must not keep its job from being buried.
async fn fail(connection: &mut Connection, order: OrderId, now: Timestamp) -> Result<bool, Error> {
    let (from, to) = (OrderStatus::Processing, OrderStatus::Failed);
    orders::step(connection, order, from, to, now).await
}

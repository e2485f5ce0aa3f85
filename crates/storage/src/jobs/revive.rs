//! How a dead letter gets another chance.

use domain::{ItemId, JobId, JobState, OrderId, OrderStatus, Rejection, Timestamp};
use sqlx::Row as _;

use crate::connection::Connection;
use crate::lane::Held;
use crate::orders::stock::{self, Missing};
use crate::{Error, Store, clock, events, orders, rows};

/// Why a job was not revived; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReviveError {
    /// There is no job with that number, or it was pruned.
    #[error("job {} not found", .0.get())]
    NoSuchJob(JobId),
    /// It was not given up.
    #[error("a job that is {} cannot be revived", .0.as_str())]
    NotDead(JobState),
    /// An item of its order was withdrawn.
    #[error("item {} not found", .0.get())]
    NoSuchItem(ItemId),
    /// There are fewer pieces by now than were ordered.
    #[error("item {} is out of stock", .0.get())]
    OutOfStock(ItemId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Missing> for ReviveError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Item(item) => Self::NoSuchItem(item),
            Missing::Pieces(item) => Self::OutOfStock(item),
            Missing::Store(error) => Self::Store(error),
        }
    }
}

impl Store {
    /// Puts a dead letter back into the queue with all its attempts: takes the stock again, its order is pending.
    ///
    /// # Errors
    /// [`ReviveError`]; nothing was changed then.
    pub async fn revive_job(&self, id: JobId) -> Result<(), ReviveError> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().update_jobs, revive(&mut held, id))
            .await;
        held.settle(outcome)?
    }
}

/// A refusal is no failure of the call, so it comes back inside.
async fn revive(held: &mut Held, id: JobId) -> Result<Result<(), ReviveError>, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    match restore(&mut transaction, id, now).await {
        Ok(()) => {
            transaction.commit().await?;
            Ok(Ok(()))
        }
        Err(ReviveError::Store(error)) => Err(error),
        Err(refusal) => {
            transaction.rollback().await?;
            Ok(Err(refusal))
        }
    }
}

async fn restore(
    connection: &mut Connection,
    id: JobId,
    now: Timestamp,
) -> Result<(), ReviveError> {
    let Some(order) = ready(connection, id, now).await? else {
        return Err(refusal(connection, id).await?);
    };
    let (from, to) = (OrderStatus::Failed, OrderStatus::Pending);
    if !orders::step(connection, order, from, to, now).await? {
        let rejection = Rejection::new("status", "unexpected", "must be failed with a dead job");
        return Err(rows::wrong("orders")(rejection).into());
    }
    let lines = stock::lines(connection, order).await?;
    stock::take(connection, &lines, now).await?;
    events::insert(connection, order, to, now).await?;
    Ok(())
}

/// The fence stays as high as it is, so that who held the job once stays out.
async fn ready(
    connection: &mut Connection,
    id: JobId,
    now: Timestamp,
) -> Result<Option<OrderId>, Error> {
    let row = sqlx::query(
        "update jobs set state = 'ready', attempts = 0, run_at = $2, ended_at = null, updated_at = $2
         where id = $1 and state = 'dead' returning order_id",
    )
    .bind(id.get())
    .bind(now.millis())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(super::order_id).transpose()
}

async fn refusal(connection: &mut Connection, id: JobId) -> Result<ReviveError, Error> {
    let row = sqlx::query("select state from jobs where id = $1")
        .bind(id.get())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(ReviveError::NoSuchJob(id));
    };
    let state = JobState::parse(row.try_get("state")?).map_err(rows::wrong("jobs"))?;
    Ok(ReviveError::NotDead(state))
}

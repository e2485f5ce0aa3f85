//! How an order is taken back.

use domain::{OrderId, OrderStatus, Timestamp};

use super::stock;
use crate::connection::Connection;
use crate::lane::Held;
use crate::{Error, Store, clock, events, rows};

/// Why an order was not cancelled; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no order with that number.
    #[error("order {} not found", .0.get())]
    NoSuchOrder(OrderId),
    /// Somebody works on it already, or it has ended.
    #[error("an order that is {} cannot be cancelled", .0.as_str())]
    NotPending(OrderStatus),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// Cancels a pending order: gives its stock back, calls its job off and writes the event.
    ///
    /// # Errors
    /// [`CancelError`]; nothing was changed then.
    pub async fn cancel_order(&self, id: OrderId) -> Result<(), CancelError> {
        let mut held = self.writer().acquire().await?;
        let outcome = self
            .call(&self.calls().update_order, cancel(&mut held, id))
            .await;
        held.settle(outcome)?
    }
}

/// A refusal is no failure of the call, so it comes back inside.
async fn cancel(held: &mut Held, id: OrderId) -> Result<Result<(), CancelError>, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    match take_back(&mut transaction, id, now).await {
        Ok(()) => {
            transaction.commit().await?;
            Ok(Ok(()))
        }
        Err(CancelError::Store(error)) => Err(error),
        Err(refusal) => {
            transaction.rollback().await?;
            Ok(Err(refusal))
        }
    }
}

/// The job comes first, as in all transactions: whoever has its row decides about the order.
async fn take_back(
    connection: &mut Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<(), CancelError> {
    let (from, to) = (OrderStatus::Pending, OrderStatus::Cancelled);
    let called_off = call_job_off(connection, id, now).await?;
    if !called_off || !super::step(connection, id, from, to, now).await? {
        return Err(refusal(connection, id).await?);
    }
    stock::give_back(connection, id, now).await?;
    events::insert(connection, id, to, now).await?;
    Ok(())
}

async fn refusal(connection: &mut Connection, id: OrderId) -> Result<CancelError, Error> {
    let row = sqlx::query("select status from orders where id = $1")
        .bind(id.get())
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => rows::status(&row).map(CancelError::NotPending),
        None => Ok(CancelError::NoSuchOrder(id)),
    }
}

async fn call_job_off(
    connection: &mut Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<bool, Error> {
    let cancelled = sqlx::query(
        "update jobs set state = 'cancelled', ended_at = $2, updated_at = $2
         where order_id = $1 and state = 'ready'",
    )
    .bind(id.get())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(cancelled.rows_affected() == 1)
}

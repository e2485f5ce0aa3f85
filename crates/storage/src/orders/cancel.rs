//! How an order is taken back.

use domain::{OrderId, OrderStatus, Stock, Timestamp};
use sqlx::Row as _;

use crate::connection::Connection;
use crate::lane::Held;
use crate::store::now;
use crate::{Error, Store, rows};

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
            .call(&self.calls().update_order, cancel(&mut held, id, now()))
            .await;
        held.settle(outcome)?
    }
}

/// A refusal is no failure of the call, so it comes back inside.
async fn cancel(
    held: &mut Held,
    id: OrderId,
    now: Timestamp,
) -> Result<Result<(), CancelError>, Error> {
    let mut transaction = held.begin().await?;
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

async fn take_back(
    connection: &mut Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<(), CancelError> {
    let cancelled =
        sqlx::query("update orders set status = $2, updated_at = $3 where id = $1 and status = $4")
            .bind(id.get())
            .bind(OrderStatus::Cancelled.as_str())
            .bind(now.millis())
            .bind(OrderStatus::Pending.as_str())
            .execute(&mut *connection)
            .await
            .map_err(Error::from)?;
    if cancelled.rows_affected() == 0 {
        return Err(refusal(connection, id).await?);
    }
    return_stock(connection, id, now).await?;
    call_job_off(connection, id, now).await?;
    super::insert_event(connection, id, OrderStatus::Cancelled, now).await?;
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

/// The rule of [`Stock::returned`], line by line in the order in which orders take stock.
async fn return_stock(
    connection: &mut Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<(), Error> {
    let lines = sqlx::query(
        "select item_id, quantity from order_lines where order_id = $1 order by item_id",
    )
    .bind(id.get())
    .fetch_all(&mut *connection)
    .await?;
    for line in lines {
        sqlx::query(
            "update items set updated_at = $4,
             stock = case when stock + $2 < $3 then stock + $2 else $3 end where id = $1",
        )
        .bind(line.try_get::<i64, _>("item_id")?)
        .bind(line.try_get::<i64, _>("quantity")?)
        .bind(Stock::MAX)
        .bind(now.millis())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn call_job_off(
    connection: &mut Connection,
    id: OrderId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("update jobs set state = 'cancelled', updated_at = $2 where order_id = $1 and state = 'ready'")
        .bind(id.get())
        .bind(now.millis())
        .execute(connection)
        .await?;
    Ok(())
}

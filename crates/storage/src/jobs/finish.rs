//! How a job is done: once, with its parcel.

use domain::{OrderStatus, Rejection, Shipment, Timestamp, Tracking};
use sqlx::Row as _;

use super::{JobError, Lease};
use crate::connection::Connection;
use crate::lane::Held;
use crate::{Error, Store, clock, events, orders, rows};

impl Store {
    /// Writes, all or nothing: the job is done, its order has this parcel and is done, the event.
    ///
    /// `tracking` is 1 to 64 visible ASCII characters. Asked again with the same lease, because the answer
    /// got lost, it returns the parcel that was written.
    ///
    /// # Errors
    /// [`JobError`]; nothing was changed then, unless the database failed while committing.
    pub async fn finish_job(&self, lease: &Lease, tracking: &str) -> Result<Shipment, JobError> {
        let tracking = Tracking::parse(tracking).map_err(JobError::Rejected)?;
        let mut held = self.writer().acquire().await?;
        let work = finish(&mut held, lease, tracking);
        let outcome = self.call(&self.calls().insert_shipment, work).await;
        held.settle(outcome)?.ok_or(JobError::LeaseLost(lease.job))
    }
}

/// Nothing, if the lease was lost.
async fn finish(
    held: &mut Held,
    lease: &Lease,
    tracking: Tracking,
) -> Result<Option<Shipment>, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    if !done(&mut transaction, lease, now).await? {
        let written = written(&mut transaction, lease).await?;
        // Not left to its drop, which undoes only when the connection is used again: Postgres locks the row
        // of a job that it waited for, even if it does not change it.
        transaction.rollback().await?;
        return Ok(written);
    }
    let (from, to) = (OrderStatus::Processing, OrderStatus::Done);
    if !orders::step(&mut transaction, lease.order, from, to, now).await? {
        let reason = "must be processing while its job is leased";
        let rejection = Rejection::new("status", "unexpected", reason);
        return Err(rows::wrong("orders")(rejection));
    }
    let shipment = Shipment {
        order: lease.order,
        tracking,
        attempt: lease.attempt,
        shipped_at: now,
    };
    insert(&mut transaction, &shipment, lease).await?;
    events::insert(&mut transaction, lease.order, to, now).await?;
    transaction.commit().await?;
    Ok(Some(shipment))
}

async fn done(connection: &mut Connection, lease: &Lease, now: Timestamp) -> Result<bool, Error> {
    let done = sqlx::query(
        "update jobs set state = 'done', leased_until = null, ended_at = $3, updated_at = $3
         where id = $1 and fence = $2 and state = 'leased'",
    )
    .bind(lease.job.get())
    .bind(lease.fence)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn insert(
    connection: &mut Connection,
    shipment: &Shipment,
    lease: &Lease,
) -> Result<(), Error> {
    sqlx::query(
        "insert into shipments (order_id, tracking, attempt, fence, shipped_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(shipment.order.get())
    .bind(shipment.tracking.as_str())
    .bind(i64::from(shipment.attempt))
    .bind(lease.fence)
    .bind(shipment.shipped_at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// The parcel that was written under this very lease, if one was.
async fn written(connection: &mut Connection, lease: &Lease) -> Result<Option<Shipment>, Error> {
    let row = sqlx::query("select * from shipments where order_id = $1 and fence = $2")
        .bind(lease.order.get())
        .bind(lease.fence)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let tracking: String = row.try_get("tracking")?;
    Ok(Some(Shipment {
        order: lease.order,
        tracking: Tracking::parse(&tracking).map_err(rows::wrong("shipments"))?,
        attempt: lease.attempt,
        shipped_at: rows::moment(&row, "shipped_at")?,
    }))
}

//! What happened to orders, in an order that a reader can follow.

use domain::{OrderEvent, OrderId, OrderStatus, Timestamp};
use sqlx::Row as _;

use crate::connection::{Connection, Row};
use crate::{Error, Store, rows};

/// The most events of one answer.
const MOST: u32 = 1_000;

impl Store {
    /// The events of one order that came after the one numbered `after`, oldest first, at most `limit` or 1,000.
    ///
    /// 0 is before the first. Events of orders that ended long ago are pruned: see [`Store::prune_history`].
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn order_events(
        &self,
        order: OrderId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OrderEvent>, Error> {
        let mut held = self.readers().acquire().await?;
        let work = of_order(&mut held, order, after, limit);
        let outcome = self.call(&self.calls().select_events, work).await;
        held.settle(outcome)
    }

    /// The events of all orders that came after the one numbered `after`, oldest first, at most `limit` or 1,000.
    ///
    /// Who asks again with the last number that was answered sees each event once, and misses none:
    /// no event becomes visible after one with a higher number.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn events_after(&self, after: i64, limit: u32) -> Result<Vec<OrderEvent>, Error> {
        let mut held = self.readers().acquire().await?;
        let work = of_all(&mut held, after, limit);
        let outcome = self.call(&self.calls().select_events, work).await;
        held.settle(outcome)
    }
}

async fn of_order(
    connection: &mut Connection,
    order: OrderId,
    after: i64,
    limit: u32,
) -> Result<Vec<OrderEvent>, Error> {
    let rows = sqlx::query(
        "select * from order_events where order_id = $1 and seq > $2 order by seq limit $3",
    )
    .bind(order.get())
    .bind(after)
    .bind(i64::from(limit.min(MOST)))
    .fetch_all(connection)
    .await?;
    rows.iter().map(event).collect()
}

async fn of_all(
    connection: &mut Connection,
    after: i64,
    limit: u32,
) -> Result<Vec<OrderEvent>, Error> {
    let rows = sqlx::query("select * from order_events where seq > $1 order by seq limit $2")
        .bind(after)
        .bind(i64::from(limit.min(MOST)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(event).collect()
}

/// Says that an order has that status from now on; the last statement of its transaction.
///
/// On Postgres it keeps all others from writing events until the commit, see the second migration.
pub(crate) async fn insert(
    connection: &mut Connection,
    order: OrderId,
    status: OrderStatus,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("insert into order_events (order_id, status, at) values ($1, $2, $3)")
        .bind(order.get())
        .bind(status.as_str())
        .bind(now.millis())
        .execute(connection)
        .await?;
    Ok(())
}

fn event(row: &Row) -> Result<OrderEvent, Error> {
    let wrong = rows::wrong("order_events");
    Ok(OrderEvent {
        seq: row.try_get("seq")?,
        order: OrderId::parse(row.try_get("order_id")?).map_err(&wrong)?,
        status: OrderStatus::parse(row.try_get("status")?).map_err(&wrong)?,
        at: rows::moment(row, "at")?,
    })
}

//! Orders, as they are read.

use domain::{Cursor, Order, OrderId, OrderStatus, Page, PageSize, Timestamp};

pub use cancel::CancelError;
pub use place::{PlaceError, Placement};

use crate::connection::Connection;
use crate::{Error, Store, rows};

mod cancel;
mod place;

impl Store {
    /// The order with that number.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn find_order(&self, id: OrderId) -> Result<Option<Order>, Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self
            .call(&self.calls().select_orders, find(&mut held, id))
            .await;
        held.settle(outcome)
    }

    /// A page of the orders, newest first.
    ///
    /// # Errors
    /// [`Error`], if the database failed.
    pub async fn list_orders(
        &self,
        size: PageSize,
        after: Option<Cursor<OrderId>>,
    ) -> Result<Page<Order, OrderId>, Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self
            .call(&self.calls().select_orders, list(&mut held, size, after))
            .await;
        Ok(Page::cut(held.settle(outcome)?, size, |order| order.id))
    }
}

async fn find(connection: &mut Connection, id: OrderId) -> Result<Option<Order>, Error> {
    let rows = sqlx::query(
        "select * from orders join order_lines on order_id = id where id = $1 order by position",
    )
    .bind(id.get())
    .fetch_all(connection)
    .await?;
    Ok(rows::orders(&rows)?.pop())
}

/// One more than a page, which shows whether there is a next one.
async fn list(
    connection: &mut Connection,
    size: PageSize,
    after: Option<Cursor<OrderId>>,
) -> Result<Vec<Order>, Error> {
    let rows = sqlx::query(
        "select * from (select * from orders where id < $1 order by id desc limit $2) as page
         join order_lines on order_id = id order by id desc, position",
    )
    .bind(after.map_or(i64::MAX, |cursor| cursor.last().get()))
    .bind(size.get() + 1)
    .fetch_all(connection)
    .await?;
    rows::orders(&rows)
}

async fn insert_event(
    connection: &mut Connection,
    id: OrderId,
    status: OrderStatus,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("insert into order_events (order_id, status, at) values ($1, $2, $3)")
        .bind(id.get())
        .bind(status.as_str())
        .bind(now.millis())
        .execute(connection)
        .await?;
    Ok(())
}

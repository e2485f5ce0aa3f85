//! Orders, as they are read.

use domain::{Cursor, Order, OrderId, OrderStatus, Page, PageSize, Timestamp};

pub use cancel::CancelError;
pub use place::{PlaceError, Placement};

use crate::connection::Connection;
use crate::{Error, Store, rows};

mod cancel;
mod place;
pub(crate) mod stock;

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

/// Takes an order from one status to another; says whether it was there.
pub(crate) async fn step(
    connection: &mut Connection,
    id: OrderId,
    from: OrderStatus,
    to: OrderStatus,
    now: Timestamp,
) -> Result<bool, Error> {
    let moved =
        sqlx::query("update orders set status = $3, updated_at = $4 where id = $1 and status = $2")
            .bind(id.get())
            .bind(from.as_str())
            .bind(to.as_str())
            .bind(now.millis())
            .execute(connection)
            .await?;
    Ok(moved.rows_affected() == 1)
}

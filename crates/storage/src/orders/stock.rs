//! What orders take from the shelf, and give back.

use domain::{ItemId, OrderId, OrderLine, PricedLine, Stock, Timestamp};
use sqlx::Row as _;

use crate::connection::Connection;
use crate::{Error, rows};

/// Why stock could not be taken; what was taken before goes back with the transaction.
#[derive(Debug)]
pub(crate) enum Missing {
    /// No such item is offered.
    Item(ItemId),
    /// There are fewer pieces than are asked for.
    Pieces(ItemId),
    /// The database failed.
    Store(Error),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Takes what the lines ask for, and returns them with prices, in their own order.
pub(crate) async fn take(
    connection: &mut Connection,
    lines: &[OrderLine],
    now: Timestamp,
) -> Result<Vec<PricedLine>, Missing> {
    // By item, so that two orders over the same rows never wait for each other in a circle.
    let mut by_item: Vec<_> = (0..).zip(lines).collect();
    by_item.sort_by_key(|(_, line)| line.item);

    let mut taken: Vec<(usize, PricedLine)> = Vec::with_capacity(lines.len());
    for (position, &line) in by_item {
        let row = sqlx::query(
            "update items set stock = stock - $2, updated_at = $3
             where id = $1 and stock >= $2 and removed_at is null returning price_cents",
        )
        .bind(line.item.get())
        .bind(i64::from(line.quantity.get()))
        .bind(now.millis())
        .fetch_optional(&mut *connection)
        .await
        .map_err(Error::from)?;
        let Some(row) = row else {
            return Err(missing(connection, line.item).await?);
        };
        taken.push((
            position,
            PricedLine {
                line,
                unit_price: rows::price(&row)?,
            },
        ));
    }
    taken.sort_by_key(|(position, _)| *position);
    Ok(taken.into_iter().map(|(_, line)| line).collect())
}

async fn missing(connection: &mut Connection, item: ItemId) -> Result<Missing, Error> {
    let offered = sqlx::query("select id from items where id = $1 and removed_at is null")
        .bind(item.get())
        .fetch_optional(connection)
        .await?;
    Ok(match offered {
        Some(_) => Missing::Pieces(item),
        None => Missing::Item(item),
    })
}

/// What an order asked for.
pub(crate) async fn lines(
    connection: &mut Connection,
    order: OrderId,
) -> Result<Vec<OrderLine>, Error> {
    let rows = sqlx::query(
        "select item_id, quantity from order_lines where order_id = $1 order by item_id",
    )
    .bind(order.get())
    .fetch_all(connection)
    .await?;
    let wrong = rows::wrong("order_lines");
    rows.iter()
        .map(|row| {
            OrderLine::parse(row.try_get("item_id")?, row.try_get("quantity")?).map_err(&wrong)
        })
        .collect()
}

/// Gives back what an order took, by the rule of [`Stock::returned`] and in the order in which it was taken.
pub(crate) async fn give_back(
    connection: &mut Connection,
    order: OrderId,
    now: Timestamp,
) -> Result<(), Error> {
    for line in lines(connection, order).await? {
        sqlx::query(
            "update items set updated_at = $4,
             stock = case when stock + $2 < $3 then stock + $2 else $3 end where id = $1",
        )
        .bind(line.item.get())
        .bind(i64::from(line.quantity.get()))
        .bind(Stock::MAX)
        .bind(now.millis())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

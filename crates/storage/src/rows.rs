//! Rows as the domain has them. Rows were written by us, but are read as if they were not.

use domain::{
    Cents, Item, ItemId, ItemName, Order, OrderId, OrderLine, OrderStatus, Price, PricedLine,
    Quote, QuoteSource, Rejection, Stock, Timestamp,
};
use sqlx::Row as _;

use crate::Error;
use crate::connection::Row;

pub(crate) fn wrong(table: &'static str) -> impl Fn(Rejection) -> Error {
    move |rejection| Error::Row { table, rejection }
}

/// A row of `items`.
pub(crate) fn item(row: &Row) -> Result<Item, Error> {
    let wrong = wrong("items");
    Ok(Item {
        id: ItemId::parse(row.try_get("id")?).map_err(&wrong)?,
        name: ItemName::parse(row.try_get::<String, _>("name")?).map_err(&wrong)?,
        price: Price::parse(row.try_get("price_cents")?).map_err(&wrong)?,
        stock: Stock::parse(row.try_get("stock")?).map_err(&wrong)?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}

/// Rows of `orders` joined with their lines, those of an order side by side.
pub(crate) fn orders(rows: &[Row]) -> Result<Vec<Order>, Error> {
    let mut orders: Vec<Order> = Vec::new();
    for row in rows {
        let id = order_id(row)?;
        let line = line(row)?;
        match orders.last_mut().filter(|order| order.id == id) {
            Some(order) => order.lines.push(line),
            None => orders.push(order(id, line, row)?),
        }
    }
    Ok(orders)
}

fn order(id: OrderId, first: PricedLine, row: &Row) -> Result<Order, Error> {
    let wrong = wrong("orders");
    let shipping = row.try_get("shipping_cents")?;
    let total = row.try_get("total_cents")?;
    Ok(Order {
        id,
        status: status(row)?,
        lines: vec![first],
        quote: Quote {
            shipping: Cents::parse("shipping_cents", shipping).map_err(&wrong)?,
            source: QuoteSource::parse(row.try_get("shipping_source")?).map_err(&wrong)?,
        },
        total: Cents::parse("total_cents", total).map_err(&wrong)?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}

fn line(row: &Row) -> Result<PricedLine, Error> {
    let wrong = wrong("order_lines");
    let line =
        OrderLine::parse(row.try_get("item_id")?, row.try_get("quantity")?).map_err(&wrong)?;
    let unit_price = Price::parse(row.try_get("unit_price_cents")?).map_err(&wrong)?;
    Ok(PricedLine { line, unit_price })
}

/// The column `id` of `orders`.
pub(crate) fn order_id(row: &Row) -> Result<OrderId, Error> {
    OrderId::parse(row.try_get("id")?).map_err(wrong("orders"))
}

/// The column `status` of `orders`.
pub(crate) fn status(row: &Row) -> Result<OrderStatus, Error> {
    OrderStatus::parse(row.try_get("status")?).map_err(wrong("orders"))
}

/// The column `price_cents` of `items`.
pub(crate) fn price(row: &Row) -> Result<Price, Error> {
    Price::parse(row.try_get("price_cents")?).map_err(wrong("items"))
}

pub(crate) fn moment(row: &Row, column: &str) -> Result<Timestamp, Error> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

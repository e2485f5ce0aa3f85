//! How an order is accepted: all of it in one transaction, or nothing.

use domain::{Cents, ItemId, NewOrder, Order, OrderId, OrderStatus, Quote, Rejection, Timestamp};

use super::stock::{self, Missing};
use crate::connection::Connection;
use crate::lane::Held;
use crate::{Answer, Claim, Error, Store, clock, events, rows};

/// What is asked of the store when somebody orders.
#[derive(Clone, Copy)]
pub struct Placement<'a> {
    /// What is ordered.
    pub order: &'a NewOrder,
    /// What shipping costs.
    pub quote: Quote,
    /// What the job says to who works on it, once the order has its number.
    pub job: &'a (dyn Fn(OrderId) -> String + Send + Sync),
}

impl std::fmt::Debug for Placement<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut placement = f.debug_struct("Placement");
        placement
            .field("order", self.order)
            .field("quote", &self.quote)
            .finish_non_exhaustive()
    }
}

/// Why an order was not accepted; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// No such item is offered.
    #[error("item {} not found", .0.get())]
    NoSuchItem(ItemId),
    /// There are fewer pieces than were ordered.
    #[error("item {} is out of stock", .0.get())]
    OutOfStock(ItemId),
    /// It costs more than can be counted.
    #[error(transparent)]
    Rejected(Rejection),
    /// The claim expired, and another request may have taken the key over.
    #[error("the claim on the idempotency key has expired")]
    ClaimLost,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Missing> for PlaceError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Item(item) => Self::NoSuchItem(item),
            Missing::Pieces(item) => Self::OutOfStock(item),
            Missing::Store(error) => Self::Store(error),
        }
    }
}

impl Store {
    /// Accepts an order: takes the stock, writes order, job and event, and the answer to the claim's key.
    ///
    /// # Errors
    /// [`PlaceError`]; nothing was changed then.
    pub async fn place_order(
        &self,
        placement: Placement<'_>,
        claim: Option<&Claim>,
        answer: impl FnOnce(&Order) -> Answer,
    ) -> Result<Order, PlaceError> {
        let mut held = self.writer().acquire().await?;
        let work = place(&mut held, placement, claim, answer);
        let outcome = self.call(&self.calls().insert_order, work).await;
        held.settle(outcome)?
    }
}

/// A refusal is no failure of the call, so it comes back inside.
async fn place(
    held: &mut Held,
    placement: Placement<'_>,
    claim: Option<&Claim>,
    answer: impl FnOnce(&Order) -> Answer,
) -> Result<Result<Order, PlaceError>, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    match accept(&mut transaction, placement, claim, answer, now).await {
        Ok(order) => {
            transaction.commit().await?;
            Ok(Ok(order))
        }
        Err(PlaceError::Store(error)) => Err(error),
        Err(refusal) => {
            transaction.rollback().await?;
            Ok(Err(refusal))
        }
    }
}

async fn accept(
    connection: &mut Connection,
    placement: Placement<'_>,
    claim: Option<&Claim>,
    answer: impl FnOnce(&Order) -> Answer,
    now: Timestamp,
) -> Result<Order, PlaceError> {
    let Placement { order, quote, job } = placement;
    let lines = stock::take(connection, order.lines(), now).await?;
    let total = Order::total(&lines, quote.shipping).map_err(PlaceError::Rejected)?;
    let order = Order {
        id: insert_order(connection, quote, total, now).await?,
        status: OrderStatus::Pending,
        lines,
        quote,
        total,
        created_at: now,
        updated_at: now,
    };
    insert_lines(connection, &order).await?;
    insert_job(connection, order.id, job(order.id), now).await?;
    if let Some(claim) = claim
        && !claim.answer(connection, &answer(&order), now).await?
    {
        return Err(PlaceError::ClaimLost);
    }
    events::insert(connection, order.id, order.status, now).await?;
    Ok(order)
}

async fn insert_order(
    connection: &mut Connection,
    quote: Quote,
    total: Cents,
    now: Timestamp,
) -> Result<OrderId, Error> {
    let row = sqlx::query(
        "insert into orders (status, shipping_cents, shipping_source, total_cents, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5) returning id",
    )
    .bind(OrderStatus::Pending.as_str())
    .bind(quote.shipping.get())
    .bind(quote.source.as_str())
    .bind(total.get())
    .bind(now.millis())
    .fetch_one(connection)
    .await?;
    rows::order_id(&row)
}

async fn insert_lines(connection: &mut Connection, order: &Order) -> Result<(), Error> {
    for (position, priced) in (0i64..).zip(&order.lines) {
        sqlx::query(
            "insert into order_lines (order_id, position, item_id, quantity, unit_price_cents)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(order.id.get())
        .bind(position)
        .bind(priced.line.item.get())
        .bind(i64::from(priced.line.quantity.get()))
        .bind(priced.unit_price.cents().get())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn insert_job(
    connection: &mut Connection,
    order: OrderId,
    payload: String,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "insert into jobs (order_id, state, run_at, payload, created_at, updated_at)
         values ($1, 'ready', $2, $3, $2, $2)",
    )
    .bind(order.get())
    .bind(now.millis())
    .bind(payload)
    .execute(connection)
    .await?;
    Ok(())
}

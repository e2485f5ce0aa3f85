//! Orders as they travel.

use domain::{NewOrder, Order, OrderId, Page};
use serde::{Deserialize, Serialize};
use service::{Object, Problem};
use utoipa::ToSchema;

use crate::items::rfc_3339;
use crate::problems;

/// A new order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrderBody {
    /// What is ordered; an item at most once.
    #[schema(min_items = 1, max_items = 50, value_type = Vec<NewLine>)]
    lines: Vec<Object<NewLine>>,
}

/// A number of pieces of one item.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLine {
    /// The number of the item.
    #[schema(minimum = 1, example = 7)]
    item_id: i64,
    /// How many pieces.
    #[schema(minimum = 1, maximum = 1000, example = 2)]
    quantity: i64,
}

/// An order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Its number.
    #[schema(minimum = 1, example = 42)]
    id: i64,
    /// How far it is: `pending`, `processing`, `done`, `cancelled` or `failed`.
    #[schema(example = "pending")]
    status: &'static str,
    /// What was ordered.
    lines: Vec<LineBody>,
    /// What shipping costs, in cents.
    shipping_cents: i64,
    /// Who said what shipping costs: `fulfilment`, or `flat_rate` where that gave no quote in time.
    #[schema(example = "fulfilment")]
    shipping_source: &'static str,
    /// What is to be paid, in cents, shipping included.
    total_cents: i64,
    /// When it was accepted, RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its status last changed, RFC 3339.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A number of pieces of one item, at the price of the moment of the order.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineBody {
    /// The number of the item.
    item_id: i64,
    /// How many pieces.
    quantity: u32,
    /// What a piece cost, in cents.
    unit_price_cents: i64,
}

/// A page of orders, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The orders of this page.
    orders: Vec<OrderBody>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

impl NewOrderBody {
    pub(super) fn parse(&self) -> Result<NewOrder, Problem> {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|Object(line)| (line.item_id, line.quantity))
            .collect();
        NewOrder::parse(&lines).map_err(problems::body)
    }
}

impl From<&Order> for OrderBody {
    fn from(order: &Order) -> Self {
        let lines = order.lines.iter().map(|priced| LineBody {
            item_id: priced.line.item.get(),
            quantity: priced.line.quantity.get(),
            unit_price_cents: priced.unit_price.cents().get(),
        });
        Self {
            id: order.id.get(),
            status: order.status.as_str(),
            lines: lines.collect(),
            shipping_cents: order.quote.shipping.get(),
            shipping_source: order.quote.source.as_str(),
            total_cents: order.total.get(),
            created_at: rfc_3339(order.created_at),
            updated_at: rfc_3339(order.updated_at),
        }
    }
}

impl OrderBody {
    /// The body as it is sent, and kept for repeats.
    pub(super) fn to_json(&self) -> String {
        // Numbers and texts only: nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<Page<Order, OrderId>> for OrderPage {
    fn from(page: Page<Order, OrderId>) -> Self {
        Self {
            orders: page.entries.iter().map(OrderBody::from).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }
}

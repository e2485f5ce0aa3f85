//! What Quartet sells: items, orders and the rules they keep.
//!
//! Every type is made by a `parse` that refuses what breaks a rule, so the rest never checks again.

pub use amount::Cents;
pub use idempotency::{Caller, IdempotencyKey};
pub use item::{Item, ItemChange, ItemId, ItemName, NewItem, Price, Stock};
pub use job::{JobId, JobState};
pub use order::{
    IllegalTransition, NewOrder, Order, OrderEvent, OrderId, OrderLine, OrderStatus, PricedLine,
    Quantity,
};
pub use page::{Cursor, Listed, Page, PageSize};
pub use quote::{Quote, QuoteSource};
pub use rejection::Rejection;
pub use shipment::{Shipment, Tracking};
pub use timestamp::Timestamp;

mod amount;
mod idempotency;
mod item;
mod job;
mod order;
mod page;
mod quote;
mod rejection;
mod shipment;
mod timestamp;

//! What happened to an order.

use super::{OrderId, OrderStatus};
use crate::Timestamp;

/// One change of an order's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// Its place among all events, from 1; a later event has a higher number, gaps mean nothing.
    pub seq: i64,
    /// Whose status changed.
    pub order: OrderId,
    /// The status from then on.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
}

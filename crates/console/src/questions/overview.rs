//! Services at a glance.

use crate::store::{ServiceSummary, Store};

use super::Window;

/// All services that were ever heard of, the busiest first.
pub fn overview(_store: &Store, _window: Window) -> Vec<ServiceSummary> {
    Vec::new()
}

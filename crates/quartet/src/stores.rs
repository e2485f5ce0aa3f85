//! The questions that `verify` and `doctor` ask of the stores, whichever addresses answer them.

pub(crate) mod alerts;
pub(crate) mod console;
pub(crate) mod flames;
pub(crate) mod http;
pub(crate) mod keeper;
pub(crate) mod lines;
pub(crate) mod metrics;
pub(crate) mod native;
#[cfg(all(test, feature = "native"))]
mod same;
pub(crate) mod traces;

use http::Address;

/// One of everything that keeps signals.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    /// Prometheus' API.
    pub(crate) metrics: Address,
    /// Loki's.
    pub(crate) lines: Address,
    /// Tempo's.
    pub(crate) traces: Address,
    /// Pyroscope's.
    pub(crate) flames: Address,
    /// Alertmanager's.
    pub(crate) alerts: Address,
}

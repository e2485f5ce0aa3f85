//! The registry of one service, and how it is shown to a scraper.
#![expect(
    clippy::disallowed_types,
    reason = "this module is the owner of the registry"
)]

use std::sync::Arc;

use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::registry::{Metric, Registry, Unit};

#[cfg(any(
    feature = "actix",
    feature = "client",
    feature = "db",
    feature = "messaging"
))]
pub(crate) use exemplar::{TraceExemplar, exemplar};
pub use exposition::Exposition;

#[cfg(any(
    feature = "actix",
    feature = "client",
    feature = "db",
    feature = "messaging"
))]
mod exemplar;
mod exposition;
#[cfg(target_os = "linux")]
mod process;

/// Bucket bounds of request durations in seconds, as the HTTP conventions of OpenTelemetry advise.
pub const REQUEST_SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Bucket bounds of database calls in seconds, as the database conventions of OpenTelemetry advise,
/// and 0.1 where a call begins to count as slow.
pub const CALL_SECONDS: [f64; 11] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0,
];

/// The metrics of one service. A clone is the same registry.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
}

impl Metrics {
    pub(crate) fn new(resource: &[(String, String)]) -> Self {
        let metrics = Self::default();
        metrics.register(
            "target",
            "Who exposes these metrics",
            prometheus_client::metrics::info::Info::new(resource.to_vec()),
        );
        #[cfg(target_os = "linux")]
        metrics.collect(process::Process);
        metrics
    }

    /// Adds `metric` as `name`; counters get `_total` when shown.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry.write().register(name, help, metric);
    }

    /// Adds `metric` as `name` and the unit, such as `_seconds`.
    pub fn register_with_unit(&self, name: &str, help: &str, unit: Unit, metric: impl Metric) {
        self.registry
            .write()
            .register_with_unit(name, help, unit, metric);
    }

    /// Adds values that are read anew at each scrape.
    pub fn collect(&self, collector: impl Collector) {
        self.registry
            .write()
            .register_collector(Box::new(collector));
    }

    /// All metrics, in the format that a scraper's `Accept` header asks for.
    ///
    /// # Errors
    /// [`std::fmt::Error`] if a metric cannot be shown as text.
    pub fn expose(&self, accept: &str) -> Result<Exposition, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry.read())?;
        Ok(Exposition::negotiate(text, accept))
    }
}

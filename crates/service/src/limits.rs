//! What a service refuses, and the counters that show it.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use telemetry::Metrics;

use crate::settings::Settings;

/// The limits of one service, shared by its workers.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) settings: Arc<Settings>,
    pub(crate) in_flight: Arc<AtomicUsize>,
    pub(crate) connections: Gauge,
    pub(crate) connections_refused: Counter,
    pub(crate) refused: Refused,
}

/// Requests that were refused, by reason.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) host: Counter,
    pub(crate) in_flight: Counter,
    pub(crate) body_too_large: Counter,
    pub(crate) body_timeout: Counter,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl Limits {
    pub(crate) fn register(settings: &Settings, metrics: &Metrics) -> Self {
        let refused = Family::<Reason, Counter>::default();
        let because = |reason| refused.get_or_create_owned(&Reason { reason });
        let limits = Self {
            settings: Arc::new(settings.clone()),
            in_flight: Arc::default(),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
            refused: Refused {
                host: because("host"),
                in_flight: because("in_flight"),
                body_too_large: because("body_too_large"),
                body_timeout: because("body_timeout"),
            },
        };
        metrics.register(
            "http_server_refused_requests",
            "Requests refused before a handler saw them",
            refused,
        );
        metrics.register(
            "http_server_open_connections",
            "Open connections of the public server",
            limits.connections.clone(),
        );
        metrics.register(
            "http_server_refused_connections",
            "Connections closed at once, beyond the limit",
            limits.connections_refused.clone(),
        );
        limits
    }
}

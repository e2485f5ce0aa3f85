//! The metrics of requests.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanContext;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Unit;

use super::route::Route;
use crate::metrics::{Metrics, REQUEST_SECONDS, TraceExemplar, exemplar};

type Histogram = HistogramWithExemplars<TraceExemplar>;

/// What a finished request is counted under. `error_type` is empty for a success.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Finished {
    http_request_method: &'static str,
    http_route: &'static str,
    http_response_status_code: Option<u32>,
    error_type: &'static str,
    url_scheme: &'static str,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Active {
    http_request_method: &'static str,
    url_scheme: &'static str,
}

/// The families, shared by all workers.
#[derive(Clone, Debug)]
pub(super) struct Measures {
    durations: Family<Finished, Histogram, fn() -> Histogram>,
    active: Family<Active, Gauge>,
    workers: Gauge,
}

/// The families with one worker's own handles, so that a request takes no shared lock to find its series.
#[derive(Debug)]
pub(super) struct Worker {
    measures: Measures,
    durations: RefCell<HashMap<Finished, Histogram>>,
    active: RefCell<HashMap<Active, Gauge>>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) status: Option<u16>,
    pub(super) error_type: &'static str,
    pub(super) scheme: &'static str,
    pub(super) elapsed: Duration,
}

impl Measures {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let new: fn() -> Histogram = || Histogram::new(REQUEST_SECONDS.into_iter());
        let measures = Self {
            durations: Family::new_with_constructor(new),
            active: Family::default(),
            workers: Gauge::default(),
        };
        metrics.register_with_unit(
            "http_server_request_duration",
            "Duration of HTTP server requests",
            Unit::Seconds,
            measures.durations.clone(),
        );
        metrics.register(
            "http_server_active_requests",
            "HTTP server requests under way",
            measures.active.clone(),
        );
        metrics.register(
            "http_server_workers",
            "Threads that serve HTTP requests",
            measures.workers.clone(),
        );
        measures
    }

    pub(super) fn for_worker(&self) -> Worker {
        self.workers.inc();
        Worker {
            measures: self.clone(),
            durations: RefCell::default(),
            active: RefCell::default(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.measures.workers.dec();
    }
}

impl Worker {
    /// The gauge of requests like this one.
    pub(super) fn active(&self, route: &Route, scheme: &'static str) -> Gauge {
        let labels = Active {
            http_request_method: route.method,
            url_scheme: scheme,
        };
        let mut known = self.active.borrow_mut();
        known
            .entry(labels)
            .or_insert_with(|| self.measures.active.get_or_create_owned(&labels))
            .clone()
    }

    /// Counts a request that is over.
    pub(super) fn finished(&self, route: &Route, end: End, span: &SpanContext) {
        let labels = Finished {
            http_request_method: route.method,
            http_route: route.pattern,
            http_response_status_code: end.status.map(u32::from),
            error_type: end.error_type,
            url_scheme: end.scheme,
        };
        let mut known = self.durations.borrow_mut();
        let series = known
            .entry(labels)
            .or_insert_with(|| self.measures.durations.get_or_create_owned(&labels));
        series.observe(
            end.elapsed.as_secs_f64(),
            exemplar(span),
            Some(SystemTime::now()),
        );
    }
}

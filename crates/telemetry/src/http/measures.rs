//! The metrics of requests.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use actix_web::dev::{ResourceMap, ServiceRequest};
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
    active: RefCell<Vec<(Active, Gauge)>>,
    /// By route, then by how its requests ended: a handful each.
    ended: RefCell<Vec<Vec<(Ending, Histogram)>>>,
    /// By pattern, then one for each method.
    routes: RefCell<HashMap<String, Vec<&'static Route>>>,
    urls: OnceCell<ResourceMap>,
}

/// What tells the series of one route apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ending {
    status: Option<u16>,
    error_type: &'static str,
    scheme: &'static str,
}

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) status: Option<u16>,
    pub(super) error_type: &'static str,
    pub(super) scheme: &'static str,
    pub(super) elapsed: Duration,
    pub(super) at: SystemTime,
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

    fn series(&self, route: &Route, ending: Ending) -> Histogram {
        self.durations.get_or_create_owned(&Finished {
            http_request_method: route.method,
            http_route: route.pattern,
            http_response_status_code: ending.status.map(u32::from),
            error_type: ending.error_type,
            url_scheme: ending.scheme,
        })
    }

    pub(super) fn for_worker(&self) -> Worker {
        self.workers.inc();
        Worker {
            measures: self.clone(),
            active: RefCell::default(),
            ended: RefCell::default(),
            routes: RefCell::default(),
            urls: OnceCell::new(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.measures.workers.dec();
    }
}

impl Worker {
    /// Keeps the map of URLs, which is the same for each request, for those that end without an answer.
    pub(super) fn learn_urls(&self, request: &ServiceRequest) {
        self.urls.get_or_init(|| request.resource_map().clone());
    }

    /// The pattern that matches `path`. Costly: an answer knows where its request was routed.
    pub(super) fn pattern_of(&self, path: &str) -> Option<String> {
        self.urls.get()?.match_pattern(path)
    }

    pub(super) fn route(&self, method: &'static str, pattern: Option<String>) -> &'static Route {
        let pattern = pattern.unwrap_or_default();
        let mut routes = self.routes.borrow_mut();
        let known = routes.get(&pattern).into_iter().flatten();
        if let Some(route) = known.copied().find(|route| route.method == method) {
            return route;
        }
        let route = Route::of(method, &pattern);
        routes.entry(pattern).or_default().push(route);
        route
    }

    /// The gauge of requests like this one.
    pub(super) fn active(&self, method: &'static str, scheme: &'static str) -> Gauge {
        let labels = Active {
            http_request_method: method,
            url_scheme: scheme,
        };
        let mut known = self.active.borrow_mut();
        if let Some((_, gauge)) = known.iter().find(|(known, _)| *known == labels) {
            return gauge.clone();
        }
        let gauge = self.measures.active.get_or_create_owned(&labels);
        known.push((labels, gauge.clone()));
        gauge
    }

    /// Counts a request that is over.
    pub(super) fn finished(&self, route: &Route, end: End, span: &SpanContext) {
        let ending = Ending {
            status: end.status,
            error_type: end.error_type,
            scheme: end.scheme,
        };
        let mut ended = self.ended.borrow_mut();
        if ended.len() <= route.index {
            ended.resize_with(route.index + 1, Vec::new);
        }
        let known = &mut ended[route.index];
        let at = known.iter().position(|(known, _)| *known == ending);
        let at = at.unwrap_or_else(|| {
            known.push((ending, self.measures.series(route, ending)));
            known.len() - 1
        });
        known[at]
            .1
            .observe(end.elapsed.as_secs_f64(), exemplar(span), Some(end.at));
    }
}

//! Services at a glance: what is asked of them, what fails, what is slow, and what is missing.

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::Ask;
use super::chart::Hue;
use super::chart::spark::Spark;
use super::filters;
use super::frame::{Frame, Section, at, signal_name};
use super::links;
use super::units::At;
use crate::questions;
use crate::store::{ErrorSummary, Red, RouteSummary, ServiceSummary, Signal, SignalState};

/// Errors shown, of all services together.
const ERRORS: usize = 12;

/// The first page.
#[derive(Debug, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    frame: Frame,
    services: Vec<Service>,
    errors: Vec<Failure>,
    gaps: Vec<Gap>,
}

#[derive(Debug)]
struct Service {
    name: String,
    hue: Hue,
    red: Red,
    spark: Spark,
    is_sampled: bool,
    signals: Vec<Light>,
    routes: Vec<Route>,
    traces: Address,
    logs: Address,
    profile: Address,
}

#[derive(Debug)]
struct Light {
    name: &'static str,
    state: &'static str,
    link: Address,
}

#[derive(Debug)]
struct Route {
    method: String,
    route: String,
    red: Red,
    spark: Spark,
    metric: Address,
    traces: Address,
    failed: Address,
}

#[derive(Debug)]
struct Failure {
    at: At,
    service: String,
    hue: Hue,
    what: String,
    why: String,
    link: Address,
}

#[derive(Debug)]
struct Gap {
    reason: String,
    is_silent: bool,
}

impl Overview {
    /// Of these services.
    pub fn new(frame: Frame, services: Vec<ServiceSummary>) -> Self {
        let mut errors: Vec<Failure> = services
            .iter()
            .flat_map(|service| {
                service
                    .errors
                    .iter()
                    .map(|error| failure(&frame, service, error))
            })
            .collect();
        errors.sort_by_key(|error| std::cmp::Reverse(error.at));
        errors.truncate(ERRORS);
        let gaps = services.iter().flat_map(gaps).collect();
        let services = services
            .into_iter()
            .map(|service| Service::new(&frame, service))
            .collect();
        Self {
            frame,
            services,
            errors,
            gaps,
        }
    }
}

impl Service {
    fn new(frame: &Frame, service: ServiceSummary) -> Self {
        let name = service.name;
        let profile = frame.timed(Address::new("/profiles").with("service", &name));
        let traces = frame.timed(links::traces(&name, ""));
        let logs = frame.timed(links::logs(&name));
        let expected = service.signals.iter();
        let expected = expected.filter(|status| status.state != SignalState::Absent);
        let signals = expected
            .map(|status| Light {
                name: signal_name(status.signal),
                state: match status.state {
                    SignalState::Live => "live",
                    SignalState::Silent => "silent",
                    SignalState::Missing | SignalState::Absent => "missing",
                },
                link: match status.signal {
                    Signal::Traces => traces.clone(),
                    Signal::Logs => logs.clone(),
                    Signal::Metrics => frame.timed(Address::new("/metrics").with("service", &name)),
                    Signal::Profiles => profile.clone(),
                },
            })
            .collect();
        Self {
            hue: frame.hues.hue(&name),
            spark: Spark::new(format!("requests per second of {name}"), &service.sparkline),
            is_sampled: service.source == Signal::Traces,
            routes: service
                .routes
                .into_iter()
                .map(|route| Route::new(frame, &name, route))
                .collect(),
            red: service.red,
            signals,
            traces,
            logs,
            profile,
            name,
        }
    }
}

impl Route {
    fn new(frame: &Frame, service: &str, route: RouteSummary) -> Self {
        let traces = match route.route.as_str() {
            // The span of such a request is called by its method alone.
            "" => links::traces(service, "").with("name", &route.method),
            route => links::traces(service, route),
        };
        let traces = frame.timed(traces);
        Self {
            spark: Spark::new(
                format!("requests per second of {} {}", route.method, route.route),
                &route.sparkline,
            ),
            metric: frame.timed(links::metric_of_route(service, &route.method, &route.route)),
            failed: traces.clone().with("errors", "only"),
            traces,
            method: route.method,
            route: route.route,
            red: route.red,
        }
    }
}

fn failure(frame: &Frame, service: &ServiceSummary, error: &ErrorSummary) -> Failure {
    let link = match &error.trace_id {
        Some(trace_id) => links::span(trace_id, error.span_id.as_deref()),
        None => frame.timed(links::logs(&service.name).with("level", "error")),
    };
    Failure {
        at: at(error.unix_nanos),
        service: service.name.clone(),
        hue: frame.hues.hue(&service.name),
        what: error.what.clone(),
        why: error.why.clone(),
        link,
    }
}

fn gaps(service: &ServiceSummary) -> Vec<Gap> {
    service
        .signals
        .iter()
        .filter(|status| matches!(status.state, SignalState::Silent | SignalState::Missing))
        .map(|status| Gap {
            reason: status.reason.clone(),
            is_silent: status.state == SignalState::Silent,
        })
        .collect()
}

/// `GET /`
pub(crate) async fn show(ask: Ask) -> HttpResponse {
    let services = questions::overview(&ask.store, ask.window());
    answer::page(&Overview::new(
        ask.frame(Section::Overview, "Overview"),
        services,
    ))
}

//! Links to and from numbers, and the service map.

use std::collections::BTreeSet;

use wire::otlp::{Kind, Span};

use super::{Link, names, text};
use crate::verify::fill::SHOWN;
use crate::verify::place::{Viewed, last};
use crate::verify::requests::{Requests, Sent};

pub(super) fn links<'a>(viewed: &'a Viewed, requests: &'a Requests) -> Vec<Link<'a>> {
    let (cpu, order, failure) = (&requests.cpu, &requests.order, &requests.failure);
    vec![
        Link::new(names::TRACE_TO_METRICS, cpu, || to_metrics(viewed, cpu)),
        Link::new(names::FAILURE_TO_METRICS, failure, || {
            let rate = number(viewed, "rate", &failed(failure))?;
            positive("errors", rate)
        }),
        Link::new(names::EXEMPLAR, cpu, || exemplar(viewed, cpu)),
        Link::new(names::DATA_LINK, cpu, || data_link(viewed, cpu)),
        Link::new(names::MAP, order, || arrows(viewed)),
        Link::new(names::MAP_TO_TRACES, order, || nodes_to_traces(viewed)),
        Link::new(names::MAP_TO_METRICS, order, || nodes_to_metrics(viewed)),
    ]
}

/// The labels by which a span leads to the numbers of its route.
fn of_route(sent: &Sent) -> [(&'static str, &'static str); 2] {
    [("service_name", "api"), ("http_route", sent.route)]
}

fn failed(sent: &Sent) -> [(&'static str, &'static str); 3] {
    let [service, route] = of_route(sent);
    [service, route, ("http_response_status_code", "500")]
}

fn to_metrics(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let rate = positive("rate", number(viewed, "rate", &of_route(sent))?)?;
    // Nothing of this route fails, and what never happened has no series.
    let errors = number(viewed, "rate", &failed(sent))?.unwrap_or(0.0);
    let p99 = positive("p99", number(viewed, "p99", &of_route(sent))?)?;
    Ok(format!("{rate}, errors {errors:.2}, {p99}"))
}

fn number(viewed: &Viewed, view: &str, labels: &[(&str, &str)]) -> Result<Option<f64>, String> {
    let found = viewed.console.of_requests(view, labels, last(SHOWN));
    found.map_err(text)
}

fn positive(name: &str, value: Option<f64>) -> Result<String, String> {
    match value {
        Some(value) if value > 0.0 => Ok(format!("{name} {value:.2}")),
        value => Err(format!("{name} is {value:?}")),
    }
}

/// A dot of the chart of a route is one of its requests.
fn exemplar(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let dots = viewed.console.exemplars(&of_route(sent), last(SHOWN));
    let dots = dots.map_err(text)?;
    let dot = dots
        .first()
        .ok_or_else(|| format!("there is no exemplar of {}", sent.route))?;
    let spans = viewed.console.spans(&dot.trace_id).map_err(text)?;
    let span = spans.iter().find(|span| is_request(span, sent.route));
    let span = span.ok_or_else(|| format!("{} is no trace of {}", dot.trace_id, sent.route))?;
    match dot.span_id.as_deref().is_none_or(|id| id == span.span_id) {
        true => Ok(format!("{:.3} s is trace {}", dot.value, dot.trace_id)),
        false => Err(format!("trace {} lacks the span of its dot", dot.trace_id)),
    }
}

/// A line of a chart leads to the traces of its route.
fn data_link(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let conditions = [("service", "api"), ("route", sent.route)];
    let found = viewed
        .console
        .search(&conditions, last(SHOWN))
        .map_err(text)?;
    let first = found
        .first()
        .ok_or_else(|| format!("no trace of {}", sent.route))?;
    let spans = viewed.console.spans(first).map_err(text)?;
    match spans.iter().any(|span| is_request(span, sent.route)) {
        true => Ok(format!("traces by its route: {}", found.len())),
        false => Err(format!("{first} is no trace of {}", sent.route)),
    }
}

fn is_request(span: &Span, route: &str) -> bool {
    span.kind == Kind::Server && span.text("http.route") == Some(route)
}

fn arrows(viewed: &Viewed) -> Result<String, String> {
    let calls = viewed.console.calls(last(SHOWN)).map_err(text)?;
    let arrows: BTreeSet<_> = calls
        .iter()
        .map(|call| (call.from.as_str(), call.to.as_str()))
        .collect();
    for arrow in [
        ("user", "api"),
        ("api", "fulfilment"),
        ("api", "sqlite"),
        ("fulfilment", "sqlite"),
    ] {
        if !arrows.contains(&arrow) {
            return Err(format!("there is no arrow {} → {}", arrow.0, arrow.1));
        }
    }
    Ok(format!("{} arrows, the database is sqlite", arrows.len()))
}

fn nodes_to_traces(viewed: &Viewed) -> Result<String, String> {
    let mut counts = Vec::new();
    for node in ["api", "fulfilment"] {
        let found = viewed.console.search(&[("service", node)], last(SHOWN));
        let found = found.map_err(text)?;
        if found.is_empty() {
            return Err(format!("no trace of {node}"));
        }
        counts.push(format!("{node} {}", found.len()));
    }
    for call in viewed.console.calls(last(SHOWN)).map_err(text)? {
        let Some(trace) = call.example_trace_id else {
            continue;
        };
        if viewed.console.spans(&trace).map_err(text)?.is_empty() {
            return Err(format!(
                "the trace of {} → {} is not there",
                call.from, call.to
            ));
        }
    }
    Ok(counts.join(", "))
}

fn nodes_to_metrics(viewed: &Viewed) -> Result<String, String> {
    for node in ["api", "fulfilment"] {
        let rate = number(viewed, "rate", &[("service_name", node)])?;
        positive("rate", rate).map_err(|error| format!("{node}: {error}"))?;
    }
    Ok("api, fulfilment".to_owned())
}

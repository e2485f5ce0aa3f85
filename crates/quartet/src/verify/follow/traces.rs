//! Trace → metrics, by the queries that a span offers.

use super::{Link, names, server_span, text};
use crate::links::Query;
use crate::links::template::Scope;
use crate::links::trace_to_metrics;
use crate::stores::metrics;
use crate::verify::fill::Steps;
use crate::verify::place::{Place, now_ms};
use crate::verify::requests::{Requests, Sent};

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    vec![
        Link::new(names::TRACE_TO_METRICS, &requests.cpu, || {
            trace_to_metrics(place, &requests.cpu)
        }),
        Link::new(names::FAILURE_TO_METRICS, &requests.failure, || {
            failures(place, &requests.failure)
        }),
    ]
}

/// Each query has a number for the route of the span, and those that count or measure are above zero.
fn trace_to_metrics(place: &Place, sent: &Sent) -> Result<String, String> {
    let mut found = Vec::new();
    for (name, query) in queries(place, sent)? {
        let value = newest(place, &query)?
            .ok_or_else(|| format!("{name}: there is no number for {}", query.text))?;
        if !names(&query.text, sent) {
            return Err(format!(
                "{name} is not of route {}: {}",
                sent.route, query.text
            ));
        }
        if !query.text.contains("error_type") && value <= 0.0 {
            return Err(format!("{name} is {value} for {}", query.text));
        }
        found.push(format!("{name} {value:.2}"));
    }
    if found.len() < 3 {
        return Err("a span offers fewer queries than rate, errors and p99".to_owned());
    }
    Ok(found.join(", "))
}

fn failures(place: &Place, sent: &Sent) -> Result<String, String> {
    let queries = queries(place, sent)?;
    let (name, query) = queries
        .iter()
        .find(|(_, query)| query.text.contains("error_type"))
        .ok_or("a span offers no query of errors")?;
    match newest(place, query)? {
        Some(value) if value > 0.0 => Ok(format!("{name} {value:.2}")),
        value => Err(format!("{name} is {value:?} for {}", query.text)),
    }
}

fn queries(place: &Place, sent: &Sent) -> Result<Vec<(String, Query)>, String> {
    let span = server_span(place, sent)?;
    trace_to_metrics::queries(&place.sources, place.traces()?, &span).map_err(text)
}

fn newest(place: &Place, query: &Query) -> Result<Option<f64>, String> {
    let mut range = query.range;
    range.to_ms = range.to_ms.min(now_ms());
    let steps = Steps::of(place, range);
    let filled = steps.fill(&query.text, &Scope::new());
    let series =
        metrics::range(&place.stores.metrics, &filled, range, steps.step_seconds).map_err(text)?;
    // Over the whole range: the request may be a while ago.
    let values = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|(_, value)| *value);
    Ok(values.reduce(f64::max))
}

fn names(query: &str, sent: &Sent) -> bool {
    query.contains(&format!("http_route=\"{}\"", sent.route))
        && query.contains("service_name=\"api\"")
}

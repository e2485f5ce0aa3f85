//! Services at a glance.

mod by_metrics;
mod by_traces;
mod routes;
mod signals;

use std::collections::BTreeMap;

use super::Window;
use super::trace::Part;
use crate::store::{ErrorSummary, Level, ServiceSummary, Signal, Status, Store, id};
use signals::Signals;

/// Points of a small chart.
const POINTS: usize = 30;
/// Errors of one service that are shown.
const MOST_ERRORS: usize = 5;

/// All services that were ever heard of, the busiest first.
pub fn overview(store: &Store, window: Window) -> Vec<ServiceSummary> {
    let signals = Signals::of(store, window);
    let mut traced = by_traces::routes(store, window);
    let mut errors = errors(store, window);
    let summaries = signals.services().map(|name| {
        let (source, routes) = match by_metrics::routes(store, name, window) {
            Some(measured) => (Signal::Metrics, measured),
            None => (Signal::Traces, traced.remove(name).unwrap_or_default()),
        };
        ServiceSummary {
            name: name.to_owned(),
            red: routes.red(),
            sparkline: routes.sparkline(),
            routes: routes.summaries(),
            errors: errors.remove(name).unwrap_or_default(),
            signals: signals.of_service(name),
            source,
        }
    });
    let mut summaries: Vec<_> = summaries.collect();
    summaries.sort_by(|a, b| b.red.rate.total_cmp(&a.red.rate).then(a.name.cmp(&b.name)));
    summaries
}

/// The newest spans and lines that tell of an error, by service; of one request the span.
fn errors(store: &Store, window: Window) -> BTreeMap<String, Vec<ErrorSummary>> {
    let mut found: BTreeMap<String, Vec<ErrorSummary>> = BTreeMap::new();
    let segments = store.spans.lock().ring.segments();
    for segment in segments
        .iter()
        .rev()
        .filter(|segment| window.meets(segment.times))
    {
        for (row, head) in segment.heads.iter().enumerate().rev() {
            let part = Part { segment, row };
            if head.status != Status::Error || !window.has(head.start) {
                continue;
            }
            let of_service = found.entry(part.service().to_owned()).or_default();
            if of_service.len() < MOST_ERRORS * 4 {
                of_service.push(span_error(part));
            }
        }
    }
    let segments = store.lines.lock().ring.segments();
    for segment in segments
        .iter()
        .rev()
        .filter(|segment| window.meets(segment.times))
    {
        for (row, head) in segment.heads.iter().enumerate().rev() {
            if head.level != Level::Error || !window.has(head.time) {
                continue;
            }
            let service = segment.strings.get(head.service);
            let of_service = found.entry(service.to_owned()).or_default();
            let trace = segment.traces[row];
            let trace_id = (trace != 0).then(|| id::trace_text(trace));
            let is_known =
                trace_id.is_some() && of_service.iter().any(|error| error.trace_id == trace_id);
            if !is_known && of_service.len() < MOST_ERRORS * 8 {
                of_service.push(ErrorSummary {
                    unix_nanos: head.time,
                    what: segment.strings.get(head.message).to_owned(),
                    why: segment.field(row, "error").unwrap_or_default().to_owned(),
                    trace_id,
                    span_id: (head.span != 0).then(|| id::span_text(head.span)),
                });
            }
        }
    }
    for errors in found.values_mut() {
        errors.sort_by_key(|error| std::cmp::Reverse(error.unix_nanos));
        errors.dedup_by(|a, b| a.trace_id.is_some() && a.trace_id == b.trace_id);
        errors.truncate(MOST_ERRORS);
    }
    found
}

fn span_error(part: Part<'_>) -> ErrorSummary {
    let head = part.head();
    let message = part.segment.status_message(part.row);
    let why = match message {
        "" => part.attribute("error.type").unwrap_or_default(),
        message => message,
    };
    ErrorSummary {
        unix_nanos: head.end(),
        what: part.segment.strings.get(head.name).to_owned(),
        why: why.to_owned(),
        trace_id: Some(id::trace_text(part.trace())),
        span_id: Some(id::span_text(head.span)),
    }
}

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use tracing::info_span;
use tracing::subscriber::with_default;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::bench::{Bench, named};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[test]
fn a_subscriber_of_ones_own_gets_spans_and_lines_with_the_layer() {
    let bench = Bench::new();
    let subscriber = registry().with(bench.telemetry.layer());

    with_default(subscriber, || {
        let outer = info_span!("outer", layers = 3_i64).entered();
        tracing::info!("within");
        tracing::debug!("not at this level");
        info_span!("inner").in_scope(|| tracing::warn!("deeper"));
        drop(outer);
    });

    let spans = bench.spans();
    let (outer, inner) = (named(&spans, "outer"), named(&spans, "inner"));
    assert_eq!(inner.trace_id, outer.trace_id);
    assert_eq!(inner.parent_span_id.as_ref(), Some(&outer.span_id));
    assert_eq!(outer.integer("layers"), Some(3));
    assert_eq!(outer.service(), Some("bench"));
    let lines = bench
        .metrics()
        .sum("telemetry_log_lines_written_total", &[]);
    assert_eq!(lines, 2.0);
}

#[test]
fn the_propagator_carries_a_trace_in_and_out() {
    let bench = Bench::new();
    let subscriber = registry().with(bench.telemetry.layer());
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let came = HashMap::from([("traceparent".to_owned(), traceparent)]);

    let goes = with_default(subscriber, || {
        let span = info_span!("job");
        let caller = bench.telemetry.propagator().extract(&came);
        span.set_parent(caller).unwrap();
        span.in_scope(|| bench.telemetry.carried_context())
    });

    let spans = bench.spans();
    let job = named(&spans, "job");
    assert_eq!(job.trace_id, TRACE);
    assert_eq!(job.parent_span_id.as_deref(), Some(CALLER));
    assert_eq!(
        goes["traceparent"],
        format!("00-{TRACE}-{}-01", job.span_id)
    );
}

#[test]
fn spans_of_the_libraries_that_send_are_not_sent() {
    let bench = Bench::new();
    let subscriber = registry().with(bench.telemetry.layer());

    with_default(subscriber, || {
        for _ in 0..3 {
            info_span!(target: "h2::client", "frame").in_scope(|| ());
            info_span!(target: "hyper", "connection").in_scope(|| ());
            info_span!(target: "tonic::transport", "call").in_scope(|| ());
        }
        info_span!("ours").in_scope(|| ());
    });

    let names: Vec<_> = bench.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["ours"]);
}

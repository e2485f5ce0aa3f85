use std::time::Instant;

use opentelemetry::trace::{Span, Tracer};
use telemetry::Telemetry;
use testbed::Sink;

use crate::bench::{BUDGET, Bench, detached, metrics};

fn make(telemetry: &Telemetry, spans: u64) {
    for _ in 0..spans {
        telemetry.tracer().start("work").end();
    }
}

fn fate(telemetry: &Telemetry, family: &str, error_type: &str) -> u64 {
    let name = format!("otel_sdk_{family}_total");
    let value = metrics(telemetry).value(&name, &[("error_type", error_type)]);
    value.unwrap() as u64
}

#[test]
fn the_end_counts_what_a_silent_collector_did_not_take() {
    let sink = Sink::black_hole();
    let telemetry = detached(&sink.endpoint(), &[]);
    make(&telemetry, 300);
    let budget = BUDGET / 10;

    let began = Instant::now();
    telemetry.shutdown(budget);

    assert!(began.elapsed() < 3 * budget, "{:?}", began.elapsed());
    assert_eq!(fate(&telemetry, "exporter_span_exported", "timeout"), 300);
    make(&telemetry, 1);
    let queue = metrics(&telemetry).sum("otel_sdk_processor_span_queue_size", &[]);
    assert_eq!(queue, 0.0);
}

#[test]
fn a_second_shutdown_returns_at_once() {
    let bench = Bench::new();
    make(&bench.telemetry, 10);
    bench.telemetry.shutdown(BUDGET);

    let began = Instant::now();
    bench.telemetry.shutdown(BUDGET);

    assert!(began.elapsed() < BUDGET / 10, "{:?}", began.elapsed());
    assert_eq!(bench.sink.spans().len(), 10);
}

#[tokio::test]
async fn a_handle_may_be_dropped_on_a_runtime() {
    let bench = Bench::new();
    make(&bench.telemetry, 1);

    drop(bench.telemetry);
}

#[test]
fn spans_of_many_threads_at_the_end_are_sent_or_counted() {
    let bench = Bench::with(&[("OTEL_BSP_MAX_QUEUE_SIZE", "65536")]);
    let telemetry = &bench.telemetry;

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| make(telemetry, 5_000));
        }
        telemetry.shutdown(BUDGET);
    });

    let sent = fate(telemetry, "exporter_span_exported", "");
    let full = fate(telemetry, "processor_span_processed", "queue_full");
    assert_eq!(sent, bench.sink.spans().len() as u64);
    assert_eq!(sent, fate(telemetry, "processor_span_processed", ""));
    assert_eq!(full, 0);
}

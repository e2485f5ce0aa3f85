//! What the console takes in on one core, and how long searches over full rings last.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]

use std::time::{Duration, Instant};

use console::questions::{self, Params};
use console::receive::Intake;
use console::settings::Limits;
use console::store::Store;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::json;
use wire::otlp::Signal;

const RING: usize = 256 << 20;
const BATCH: usize = 512;
const REPEATS: usize = 60;

fn main() {
    let store = Store::new(Limits {
        trace_bytes: RING,
        log_bytes: RING,
        metric_bytes: RING,
        profile_bytes: RING,
        series: 20_000,
        items_per_second: 10_000_000,
        push_bytes: 8 << 20,
    });
    let intake = Intake::new(store.clone());
    let mut random = SmallRng::seed_from_u64(1);
    let spans = fill(&store, 0, |round| {
        let body = spans(&mut random, round);
        let started = Instant::now();
        intake.otlp(Signal::Traces, &body).unwrap();
        started.elapsed()
    });
    let lines = fill(&store, 1, |round| {
        let body = lines(&mut random, round);
        let started = Instant::now();
        intake.loki_json(&body).unwrap();
        started.elapsed()
    });
    println!("{:34}{:>12}", "taken in on one core", "a second");
    println!("{:34}{:>12.0}", "spans, OTLP protobuf", spans);
    println!("{:34}{:>12.0}", "lines, Loki JSON and logfmt", lines);
    for of in &questions::status(&store)[..2] {
        println!(
            "{:?} hold {} items in {} MiB",
            of.signal,
            of.items,
            of.bytes >> 20
        );
    }
    println!(
        "\n{:34}{:>10}{:>10}",
        "search over a full ring, ms", "p50", "p95"
    );
    for (name, query) in [
        ("traces: text that is nowhere", "text=no such text anywhere"),
        ("traces: text that is rare", "text=order 777777"),
        ("traces: text that is common", "text=SELECT"),
        (
            "traces: service, route, status",
            "service=api&route=/api/items/{id}&status=5xx",
        ),
        ("traces: an attribute", "attribute=order.id=order 777777"),
        ("traces: slow ones", "min=999.9ms"),
    ] {
        let query = Params::parse(&format!("from=0&{}", query.replace(' ', "+")))
            .traces()
            .unwrap();
        report(name, || drop(questions::traces(&store, &query)));
    }
    for (name, query) in [
        ("lines: text that is nowhere", "text=no such text anywhere"),
        ("lines: text that is rare", "text=order 777777"),
        ("lines: text that is common", "text=order"),
        ("lines: a field", "field=order.id=order 777777"),
        ("lines: level", "level=error"),
        (
            "lines: of a trace",
            "trace=00000000000000000000000000000001",
        ),
    ] {
        let query = Params::parse(&format!("from=0&{}", query.replace(' ', "+")))
            .lines()
            .unwrap();
        report(name, || drop(questions::lines(&store, &query)));
    }
    report("one trace", || {
        drop(questions::trace(&store, &format!("{:032x}", 1)))
    });
}

/// Fills a ring until it evicts; items a second.
fn fill(store: &Store, ring: usize, mut push: impl FnMut(u64) -> Duration) -> f64 {
    let mut spent = Duration::ZERO;
    for round in 0.. {
        spent += push(round);
        let of = &questions::status(store)[ring];
        if of.evicted > 0 {
            return of.received as f64 / spent.as_secs_f64();
        }
    }
    0.0
}

fn report(name: &str, mut search: impl FnMut()) {
    let mut times: Vec<f64> = (0..REPEATS)
        .map(|_| {
            let started = Instant::now();
            search();
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!("{name:34}{:>10.1}{:>10.1}", at(0.5), at(0.95));
}

fn attribute(key: &str, value: String) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value)),
        }),
        ..KeyValue::default()
    }
}

/// A batch as a service sends it: requests with two database calls each.
fn spans(random: &mut SmallRng, round: u64) -> Vec<u8> {
    let mut spans = Vec::new();
    for number in 0..BATCH / 3 {
        let trace: u128 = random.random();
        let root: u64 = random.random();
        let order = round * 1_000 + number as u64;
        for part in 0..3_u64 {
            let start = (round * 1_000_000 + number as u64 * 1_000) * 1_000;
            let is_root = part == 0;
            let own = if is_root { root } else { random.random() };
            let attributes = match is_root {
                true => vec![
                    attribute("http.request.method", "GET".to_owned()),
                    attribute(
                        "http.route",
                        format!("/api/items/{}", if number % 9 == 0 { "" } else { "{id}" }),
                    ),
                    attribute("url.path", format!("/api/items/{}", order % 5_000)),
                    attribute("client.address", "127.0.0.1".to_owned()),
                    attribute("user_agent.original", "load.sh".to_owned()),
                    attribute("order.id", format!("order {order}")),
                ],
                false => vec![
                    attribute("db.system.name", "sqlite".to_owned()),
                    attribute("db.operation.name", "SELECT".to_owned()),
                    attribute("db.collection.name", "items".to_owned()),
                    attribute("db.query.summary", "SELECT items".to_owned()),
                    attribute("peer.service", "sqlite".to_owned()),
                ],
            };
            spans.push(Span {
                trace_id: trace.to_be_bytes().to_vec(),
                span_id: own.to_be_bytes().to_vec(),
                parent_span_id: if is_root {
                    Vec::new()
                } else {
                    root.to_be_bytes().to_vec()
                },
                name: if is_root {
                    "GET /api/items/{id}".to_owned()
                } else {
                    "SELECT items".to_owned()
                },
                kind: if is_root { 2 } else { 3 },
                start_time_unix_nano: start,
                end_time_unix_nano: start + random.random_range(1_000..1_000_000_000),
                attributes,
                status: Some(Status::default()),
                ..Span::default()
            });
        }
    }
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: [
                    ("service.name", "api"),
                    ("service.version", "0.1.0"),
                    ("host.name", "shop"),
                ]
                .map(|(key, value)| attribute(key, value.to_owned()))
                .to_vec(),
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

/// Lines as a service writes them, one per request.
fn lines(random: &mut SmallRng, round: u64) -> Vec<u8> {
    let values: Vec<_> = (0..BATCH)
        .map(|number| {
            let order = round * 1_000 + number as u64;
            let time = (round * 1_000_000 + number as u64 * 1_000) * 1_000;
            let (trace, span, took) =
                (random.random::<u128>(), random.random::<u64>(), random.random_range(0.0..100.0_f64));
            let level = if number % 100 == 0 { "error" } else { "info" };
            let line = format!(
                "level={level} msg=\"GET /api/items/{} 200\" http.request.method=GET http.route=/api/items/{{id}} \
                 url.path=/api/items/{} client.address=127.0.0.1 http.response.status_code=200 duration_ms={took:.3} \
                 order.id=\"order {order}\" target=access request_id={:032x} trace_id={trace:032x} \
                 span_id={span:016x} sampled=true",
                order % 5_000,
                order % 5_000,
                random.random::<u128>(),
            );
            json!([time.to_string(), line])
        })
        .collect();
    let streams = json!({"streams": [{"stream": {"service_name": "api"}, "values": values}]});
    streams.to_string().into_bytes()
}

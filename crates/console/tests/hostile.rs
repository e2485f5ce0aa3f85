//! Garbage, and what was valid until something happened to it: an answer, no panic, no growth.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "hostile/everything.rs"]
mod everything;

use console::questions::{self, Params};
use console::receive::{Intake, Refusal};
use console::settings::Limits;
use console::store::Store;
use futures_util::FutureExt;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span::Event};
use proptest::prelude::*;
use prost::Message;
use wire::otlp::Signal;

const LIMIT: usize = 4 << 20;

fn store() -> Store {
    Store::new(Limits {
        trace_bytes: LIMIT,
        log_bytes: LIMIT,
        metric_bytes: LIMIT,
        profile_bytes: LIMIT,
        series: 100,
        items_per_second: 10_000_000,
        push_bytes: 1 << 20,
    })
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

fn request(spans: impl Iterator<Item = u64>) -> Vec<u8> {
    let span = |number: u64| Span {
        trace_id: u128::from(number / 3 + 1).to_be_bytes().to_vec(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        parent_span_id: (number % 3)
            .checked_sub(1)
            .map_or_else(Vec::new, |_| number.to_be_bytes().to_vec()),
        name: format!("span {}", number % 10),
        start_time_unix_nano: 1_000 * number,
        end_time_unix_nano: 1_000 * number + 500,
        attributes: vec![attribute("number", format!("number {number}"))],
        events: vec![Event {
            name: "event".to_owned(),
            ..Event::default()
        }],
        ..Span::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans {
                spans: spans.map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

/// Sends a body to every receiver, and asks for all there is afterwards.
fn send_everywhere(body: &[u8]) {
    let store = store();
    let intake = Intake::new(store.clone());
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        let _refused = intake.otlp(signal, body);
        let _refused = intake.otlp_json(signal, body);
    }
    let _refused = intake.loki(body);
    let _refused = intake.loki_json(body);
    let _refused = intake.profiles(body);
    let block = snap::raw::Encoder::new().compress_vec(body).unwrap();
    let _refused = intake.loki(&block);
    everything::ask(&store);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_answered(body in prop::collection::vec(any::<u8>(), 0..400)) {
        send_everywhere(&body);
    }

    #[test]
    fn damage_is_answered(at in 0_usize..400, byte: u8, end in 0_usize..600) {
        let mut body = request(0..5);
        let at = at % body.len();
        body[at] = byte;
        body.truncate(end.max(1));
        send_everywhere(&body);
    }

    #[test]
    fn any_question_is_answered(query in "[a-z]{1,8}=[ -~]{0,20}(&[a-z]{1,8}=[ -~]{0,20}){0,4}") {
        let store = store();
        let params = Params::parse(&query);
        if let Ok(query) = params.traces() {
            questions::traces(&store, &query);
        }
        if let Ok(query) = params.lines() {
            questions::lines(&store, &query);
        }
        if let Ok(query) = params.metrics() {
            questions::chart(&store, &query);
        }
        if let Ok(query) = params.profile() {
            questions::flame_graph(&store, &query);
        }
    }
}

#[test]
fn a_flood_takes_no_more_than_its_share_and_is_counted() {
    let store = store();
    let intake = Intake::new(store.clone());

    for batch in 0..200_u64 {
        let body = request(batch * 500..(batch + 1) * 500);
        assert_eq!(intake.otlp(Signal::Traces, &body).unwrap().taken, 500);
    }

    let of = &questions::status(&store)[0];
    assert!(of.bytes <= LIMIT, "{of:?}");
    assert_eq!(of.items as u64 + of.evicted, 100_000);
    assert!(LIMIT / 2 < of.bytes, "{of:?}");
    everything::ask(&store);
}

#[test]
fn a_number_of_series_is_the_end() {
    let store = store();
    let intake = Intake::new(store.clone());
    let text: String = (0..1_000)
        .map(|number| format!("many{{n=\"{number}\"}} 1\n"))
        .collect();
    let exposition =
        wire::openmetrics::parse(&text, wire::openmetrics::Format::Prometheus).unwrap();

    intake.exposition("shop", &exposition, 1_000);

    let family = &questions::families(&store, "")[0];
    assert_eq!(family.series, 100);
    assert_eq!(questions::status(&store)[2].refused["series"], 900);
}

#[test]
fn too_much_in_a_second_is_put_off() {
    let mut limits = store().limits();
    limits.items_per_second = 10;
    let intake = Intake::new(Store::new(limits));

    intake.otlp(Signal::Traces, &request(0..100)).unwrap();

    let second = intake.otlp(Signal::Traces, &request(100..200));
    assert_eq!(second.unwrap_err(), Refusal::TooMuch);
}

#[test]
fn spans_that_are_each_others_parents_are_shown() {
    let store = store();
    let intake = Intake::new(store.clone());
    let mut spans = Vec::new();
    for (own, parent) in [(1_u64, 2_u64), (2, 1), (3, 3)] {
        spans.push(Span {
            trace_id: 7_u128.to_be_bytes().to_vec(),
            span_id: own.to_be_bytes().to_vec(),
            parent_span_id: parent.to_be_bytes().to_vec(),
            ..Span::default()
        });
    }
    let body = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };

    intake.otlp(Signal::Traces, &body.encode_to_vec()).unwrap();

    let trace = questions::trace(&store, &format!("{:032x}", 7)).unwrap();
    assert_eq!(trace.spans.len(), 3);
}

#[test]
fn what_is_more_than_a_number_holds_stays_the_largest() {
    let store = store();
    let intake = Intake::new(store.clone());
    let most = b"main;work 4294967295\nmain;idle 4294967295\nmain;work;work 4294967295\n";

    let query = "name=shop.cpu&sampleRate=1";
    let taken = intake.ingest(query, "", most.as_slice().into());

    assert_eq!(taken.now_or_never().unwrap().unwrap().taken, 3);
    let query = Params::parse("service=shop&from=0").profile().unwrap();
    let graph = questions::flame_graph(&store, &query).unwrap();
    assert_eq!(graph.total, i64::MAX);
    everything::ask(&store);
}

#[test]
fn messages_made_to_fill_the_memory_are_refused() {
    let intake = Intake::new(store());
    let empty = b"\x12\x00".repeat(400_000);
    let block = snap::raw::Encoder::new().compress_vec(&empty).unwrap();

    for refused in [
        intake.profiles(&empty),
        intake.loki(&block),
        intake
            .ingest("name=shop&format=pprof", "", empty.into())
            .now_or_never()
            .unwrap(),
    ] {
        let Err(Refusal::Malformed(words)) = &refused else {
            panic!("{refused:?}");
        };
        assert!(words.contains("400000 messages"), "{words}");
    }
}

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::world::{Console, JSON, PROTOBUF, body, request, span, text};

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const ADDRESS: &str = "/api/v1/traces/4bf92f3577b34da6a3ce929d0e0e4736";

#[test]
fn parts_of_a_trace_become_whole_in_any_order_and_however_often() {
    let console = Console::start();
    let child = body("fulfilment", vec![span(TRACE, 2, 1, "POST /quotes")]);
    let root = body("api", vec![span(TRACE, 1, 0, "POST /api/orders")]);

    for part in [&child, &child, &root] {
        let answer = console.push("otlp-http", "/v1/traces", &[PROTOBUF], part);
        assert_eq!((answer.status, answer.text()), (200, ""));
    }

    let trace = console.ask(ADDRESS);
    let names: Vec<_> = trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            (
                span["span"]["name"].as_str().unwrap(),
                span["depth"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(names, [("POST /api/orders", 0), ("POST /quotes", 1)]);
    assert_eq!(trace["summary"]["is_whole"], true);
    assert_eq!(trace["summary"]["services"].as_array().unwrap().len(), 2);
    assert_eq!(console.ask("/api/v1/status")[0]["repeated"], 1);
}

#[test]
fn json_and_gzip_say_the_same_as_protobuf() {
    let console = Console::start();
    let mut one = span(TRACE, 1, 0, "GET /");
    one.attributes = vec![text("http.route", "/<script>")];
    let json = serde_json::to_vec(&request("json", vec![one.clone()])).unwrap();
    one.span_id = 2_u64.to_be_bytes().to_vec();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&body("gzip", vec![one])).unwrap();
    let gzip = ("Content-Encoding", "gzip");

    let plain = console.push("otlp-http", "/v1/traces", &[JSON], &json);
    let packed = console.push(
        "otlp-http",
        "/v1/traces",
        &[PROTOBUF, gzip],
        &packed.finish().unwrap(),
    );

    assert_eq!((plain.status, plain.text()), (200, "{}"));
    assert_eq!(packed.status, 200, "{}", packed.text());
    let trace = console.ask(ADDRESS);
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2);
    for one in spans {
        assert_eq!(one["span"]["attributes"]["http.route"], "/<script>");
    }
}

#[test]
fn a_span_that_is_none_is_refused_and_the_others_are_taken() {
    let console = Console::start();
    let mut broken = span(TRACE, 3, 0, "broken");
    broken.trace_id.truncate(3);

    let answer = console.push(
        "otlp-http",
        "/v1/traces",
        &[PROTOBUF],
        &body("api", vec![broken, span(TRACE, 1, 0, "whole")]),
    );

    assert_eq!(answer.status, 200);
    assert!(String::from_utf8_lossy(&answer.body).contains("trace id of span"));
    assert_eq!(console.ask(ADDRESS)["summary"]["spans"], 1);
    assert_eq!(console.ask("/api/v1/status")[0]["refused"]["invalid"], 1);
}

#[test]
fn what_is_not_telemetry_is_refused_with_a_reason() {
    let console = Console::start();
    let text = ("Content-Type", "text/plain");
    let brotli = ("Content-Encoding", "br");
    let origin = ("Origin", "https://evil.example");
    let gzip = ("Content-Encoding", "gzip");
    for (headers, body, status) in [
        (&[PROTOBUF][..], &b"\xff\xff\xff"[..], 400),
        (&[PROTOBUF], b"\x0a\x7f", 400),
        (&[JSON], b"{", 400),
        (&[JSON], b"[[[[[[", 400),
        (&[text], b"spans", 415),
        (&[PROTOBUF, brotli], b"", 415),
        (&[PROTOBUF, gzip], b"no gzip", 400),
        (&[PROTOBUF, origin], b"", 403),
    ] {
        let answer = console.push("otlp-http", "/v1/traces", headers, body);
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text());
        assert!(!answer.text().is_empty());
    }
}

//! A fulfilment that answers.

use std::time::Duration;

use contracts::{QuoteLine, QuoteRequest, QuoteRequestV1};
use testbed::Sink;
use wire::otlp::Kind;

use crate::stand_in::{Act, QUOTE, StandIn};
use crate::{TIMEOUT, order, start};

#[test]
fn its_quote_is_on_the_order_and_stays_there() {
    let fulfilment = StandIn::start(&[QUOTE]);
    let api = start(&fulfilment.url(), &[]);

    let placed = order(&api);

    assert_eq!(placed["shipping_source"], "fulfilment");
    assert_eq!(placed["shipping_cents"], 1234);
    assert_eq!(placed["total_cents"], 1534);
    let shown = api.get(&format!("/api/orders/{}", placed["id"])).json();
    assert_eq!(shown["shipping_source"], "fulfilment");
    let line = api.process.wait_for_logged("the order", |line| {
        line.get("order.shipping_source").is_some()
    });
    assert_eq!(line.get("order.shipping_source"), Some("fulfilment"));
}

#[test]
fn it_is_asked_in_the_trace_of_the_order() {
    let sink = Sink::http();
    let fulfilment = StandIn::start(&[QUOTE]);
    let endpoint = sink.endpoint();
    let api = start(
        &fulfilment.url(),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );

    let answer = api.send(
        "POST",
        "/api/orders",
        &[
            ("Content-Type", "application/json"),
            ("X-Request-Id", "quote-1"),
        ],
        br#"{"lines":[{"item_id":1,"quantity":3}]}"#,
    );

    assert_eq!(answer.status, 201);
    let [question] = &fulfilment.questions()[..] else {
        panic!("{:?}", fulfilment.questions());
    };
    assert_eq!((&*question.method, &*question.target), ("POST", "/quotes"));
    assert_eq!(question.header("x-request-id"), Some("quote-1"));
    let asked: QuoteRequest = serde_json::from_slice(&question.body).unwrap();
    let lines = vec![QuoteLine {
        item_id: 1,
        quantity: 3,
    }];
    assert_eq!(asked, QuoteRequest::V1(QuoteRequestV1 { lines }));

    let span = sink.wait_for_span("the question", |span| span.name == "POST /quotes");
    assert_eq!(span.kind, Kind::Client);
    assert_eq!(span.text("peer.service"), Some("fulfilment"));
    let line = api.access_line("quote-1");
    assert_eq!(Some(span.trace_id.as_str()), line.get("trace_id"));
    assert_eq!(span.parent_span_id.as_deref(), line.get("span_id"));
    let carried = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert_eq!(question.header("traceparent"), Some(carried.as_str()));
    let labels = [
        ("http_request_method", "POST"),
        ("server_address", "127.0.0.1"),
        ("http_response_status_code", "200"),
        ("error_type", ""),
    ];
    let counted = api
        .metrics()
        .value("http_client_request_duration_seconds_count", &labels);
    assert_eq!(counted, Some(1.0));
}

#[test]
fn slow_is_not_late() {
    let Act::Answer(_, body) = QUOTE else {
        unreachable!()
    };
    let fulfilment = StandIn::start(&[Act::Late(TIMEOUT / 2, body)]);
    let api = start(&fulfilment.url(), &[]);

    assert_eq!(order(&api)["shipping_source"], "fulfilment");
}

#[test]
fn what_passes_is_tried_once_more() {
    for act in [Act::Answer(503, ""), Act::Close] {
        let fulfilment = StandIn::start(&[act, QUOTE]);
        let api = start(&fulfilment.url(), &[]);

        assert_eq!(order(&api)["shipping_source"], "fulfilment", "{act:?}");
        assert_eq!(fulfilment.questions().len(), 2, "{act:?}");
    }
}

#[test]
fn a_connection_is_kept_for_the_next_question() {
    let fulfilment = StandIn::start(&[QUOTE]);
    let api = start(&fulfilment.url(), &[("QUARTET_WORKERS", "1")]);

    order(&api);
    let after_one = api.process.threads();
    for _ in 0..10 {
        assert_eq!(order(&api)["shipping_source"], "fulfilment");
    }
    // Longer than the connection is kept: the next question needs a new one.
    std::thread::sleep(Duration::from_secs(5));

    assert_eq!(order(&api)["shipping_source"], "fulfilment");
    assert_eq!(fulfilment.questions().len(), 12);
    assert_eq!(api.process.threads(), after_one);
}

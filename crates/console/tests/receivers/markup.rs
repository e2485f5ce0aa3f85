//! What others write is text on every page, whatever it looks like.

use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Status, status::StatusCode};
use serde_json::json;

use crate::world::{Console, JSON, PROTOBUF, body, now, span, text};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// Breaks out of text, of an attribute in either kind of quotes, and of a comment.
const MARKUP: &str = "-->'\"><script>taken()</script>";
/// As an address carries it.
const PACKED: &str = "--%3E%27%22%3E%3Cscript%3Etaken()%3C%2Fscript%3E";

#[test]
fn markup_of_others_is_text_on_every_page() {
    let console = Console::start();
    send_spans(&console);
    send_line(&console);
    send_metric(&console);
    send_profile(&console);

    for (page, of_others) in [
        ("/?", true),
        ("/traces?", true),
        (&format!("/traces/{TRACE}?"), true),
        (&format!("/traces/{TRACE}?span=00000000000000a1&"), true),
        (&format!("/traces/{PACKED}?"), false),
        (&format!("/spans/{PACKED}?"), false),
        ("/map?", true),
        ("/logs?", true),
        ("/metrics?", true),
        ("/metrics?family=hostile&view=value&", true),
        (&format!("/metrics?family={PACKED}&"), false),
        ("/profiles?", true),
        (
            &format!("/profiles?service={PACKED}&focus={PACKED}&find={PACKED}&"),
            true,
        ),
        (
            &format!("/traces?text={PACKED}&service={PACKED}&attribute={PACKED}&"),
            true,
        ),
        (
            &format!("/logs?text={PACKED}&field={PACKED}&level={PACKED}&"),
            true,
        ),
        (&format!("/?service={PACKED}&theme={PACKED}&"), true),
    ] {
        let address = format!("{page}last=1h");
        let answer = console.get(&address);
        let html = answer.text();
        assert!(answer.status < 500, "{address}: {html}");
        let media = answer.header("content-type").unwrap();
        assert!(media.starts_with("text/html"), "{address}: {media}");
        assert!(!html.contains("<script>"), "{address}:\n{html}");
        assert!(!html.contains("'\">"), "{address}:\n{html}");
        // A test that sees none of it would hold whatever the page did.
        if of_others {
            assert!(html.contains("script&#62;taken"), "{address}:\n{html}");
        }
    }
}

fn send_spans(console: &Console) {
    let mut order = span(trace_number(), 0xa1, 0, MARKUP);
    order.attributes = vec![
        text("http.route", MARKUP),
        text(MARKUP, MARKUP),
        text("client.address", MARKUP),
    ];
    order.events = vec![Event {
        time_unix_nano: now(),
        name: MARKUP.to_owned(),
        attributes: vec![text(MARKUP, MARKUP)],
        ..Event::default()
    }];
    order.links = vec![Link {
        trace_id: order.trace_id.clone(),
        span_id: order.span_id.clone(),
        attributes: vec![text(MARKUP, MARKUP)],
        ..Link::default()
    }];
    order.status = Some(Status {
        message: MARKUP.to_owned(),
        code: StatusCode::Error.into(),
    });
    let mut call = span(trace_number(), 0xa2, 0xa1, MARKUP);
    call.kind = 3;
    call.attributes = vec![text("db.system.name", MARKUP), text("peer.service", MARKUP)];
    let spans = body(MARKUP, vec![order, call]);
    let answer = console.push("otlp-http", "/v1/traces", &[PROTOBUF], &spans);
    assert_eq!(answer.text(), "");
}

fn trace_number() -> u128 {
    u128::from_str_radix(TRACE, 16).unwrap()
}

fn send_line(console: &Console) {
    let line = format!("level=error msg={MARKUP:?} place={MARKUP:?} trace_id={TRACE}");
    let lines = json!({"streams": [{
        "stream": {"service_name": MARKUP, MARKUP: MARKUP},
        "values": [[now().to_string(), line], [now().to_string(), MARKUP]],
    }]});
    let lines = lines.to_string();
    let answer = console.push("loki", "/loki/api/v1/push", &[JSON], lines.as_bytes());
    assert_eq!(answer.status, 204, "{}", answer.text());
}

fn send_metric(console: &Console) {
    let attribute = |key: &str| json!({"key": key, "value": {"stringValue": MARKUP}});
    let metrics = json!({"resourceMetrics": [{
        "resource": {"attributes": [attribute("service.name")]},
        "scopeMetrics": [{"metrics": [{
            "name": "hostile", "description": MARKUP, "unit": MARKUP,
            "gauge": {"dataPoints": [{
                "timeUnixNano": now().to_string(), "asDouble": 1.0, "attributes": [attribute("item")],
            }]},
        }]}],
    }]});
    let metrics = metrics.to_string();
    let answer = console.push("otlp-http", "/v1/metrics", &[JSON], metrics.as_bytes());
    assert_eq!(answer.text(), "{}");
}

fn send_profile(console: &Console) {
    let path = format!("/ingest?name={PACKED}.cpu%7Bregion%3D{PACKED}%7D");
    let stacks = format!("main;{MARKUP} 30\n");
    let answer = console.push("profiles", &path, &[], stacks.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

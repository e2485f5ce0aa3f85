//! A fulfilment that fails: the order costs the flat rate, and says so.

use std::time::{Duration, Instant};

use crate::stand_in::{Act, QUOTE, StandIn};
use crate::{TIMEOUT, assert_flat, breaker_value, order, start};

const NEVER_OPENS: (&str, &str) = ("QUARTET_BREAKER_FAILURES", "1000");

#[test]
fn nobody_there() {
    let url = format!("http://127.0.0.1:{}", testbed::free_port());
    let api = start(&url, &[NEVER_OPENS]);

    assert_flat(&order(&api));

    let labels = [("error_type", "connection")];
    let attempts = api
        .metrics()
        .sum("http_client_request_duration_seconds_count", &labels);
    assert_eq!(attempts, 2.0);
    assert_eq!(breaker_value(&api, "circuit_breaker_failures_total"), 1.0);
    let line = api.process.wait_for_logged("the failure", |line| {
        line.get("msg") == Some("fulfilment circuit breaker counted a failure")
    });
    assert_eq!(line.get("level"), Some("warn"));
    assert!(line.get("trace_id").is_some());
}

#[test]
fn no_answer_in_time() {
    for act in [Act::Hang, Act::HalfAnswer, Act::Late(TIMEOUT * 2, "{}")] {
        let fulfilment = StandIn::start(&[act]);
        let api = start(&fulfilment.url(), &[NEVER_OPENS]);

        let began = Instant::now();
        let placed = order(&api);

        assert_flat(&placed);
        assert!(TIMEOUT <= began.elapsed(), "{act:?}");
        // All the time there was is gone: there is no second attempt.
        assert_eq!(fulfilment.questions().len(), 1, "{act:?}");
        let labels = [("error_type", "timeout")];
        let timeouts = api
            .metrics()
            .sum("http_client_request_duration_seconds_count", &labels);
        assert_eq!(timeouts, 1.0, "{act:?}");
    }
}

#[test]
fn no_quote_in_the_answer() {
    let acts = [
        Act::Answer(500, ""),
        Act::Answer(404, r#"{"version":"1","shipping_cents":1,"carrier":"x"}"#),
        Act::Answer(204, ""),
        Act::Answer(200, ""),
        Act::Answer(200, "<html>"),
        Act::Answer(200, "{}"),
        Act::Answer(200, r#"{"version":"1","shipping_cents":"1","carrier":"x"}"#),
        Act::Answer(200, r#"{"version":"2","shipping_cents":1,"carrier":"x"}"#),
        Act::Answer(200, r#"{"version":"1","shipping_cents":-1,"carrier":"x"}"#),
        Act::Answer(200, r#"{"version":"1","shipping_cents":1.5,"carrier":"x"}"#),
        Act::Answer(
            200,
            r#"{"version":"1","shipping_cents":9223372036854775807,"carrier":"x"}"#,
        ),
        Act::Answer(
            200,
            r#"{"version":"1","shipping_cents":99999999999999999999,"carrier":"x"}"#,
        ),
        Act::Endless,
    ];
    let fulfilment = StandIn::start(&[acts[0]]);
    let api = start(&fulfilment.url(), &[NEVER_OPENS]);

    for (index, act) in acts.into_iter().enumerate() {
        fulfilment.act(act);
        assert_flat(&order(&api));

        // Asking again would not help.
        assert_eq!(fulfilment.questions().len(), index + 1, "{act:?}");
        let failures = breaker_value(&api, "circuit_breaker_failures_total");
        assert_eq!(failures, (index + 1) as f64, "{act:?}");
    }
    fulfilment.act(QUOTE);
    assert_eq!(order(&api)["shipping_source"], "fulfilment");
}

#[test]
fn an_endless_answer_is_not_kept() {
    let fulfilment = StandIn::start(&[Act::Endless]);
    let api = start(&fulfilment.url(), &[NEVER_OPENS]);
    order(&api);
    let before = api.process.resident_bytes();

    for _ in 0..50 {
        assert_flat(&order(&api));
    }

    let grown = api.process.resident_bytes().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown}");
}

#[test]
fn what_does_not_pass_is_tried_twice_only() {
    for act in [Act::Answer(503, ""), Act::Close] {
        let fulfilment = StandIn::start(&[act]);
        let api = start(&fulfilment.url(), &[NEVER_OPENS]);

        assert_flat(&order(&api));

        assert_eq!(fulfilment.questions().len(), 2, "{act:?}");
        assert_eq!(breaker_value(&api, "circuit_breaker_failures_total"), 1.0);
    }
}

#[test]
fn others_do_not_wait_with_an_order() {
    let fulfilment = StandIn::start(&[Act::Hang]);
    let slow = [
        NEVER_OPENS,
        ("QUARTET_QUOTE_TIMEOUT_MS", "3000"),
        ("QUARTET_WORKERS", "1"),
    ];
    let api = start(&fulfilment.url(), &slow);

    std::thread::scope(|scope| {
        let body = r#"{"lines":[{"item_id":1,"quantity":3}]}"#;
        let ordering = scope.spawn(|| api.json("POST", "/api/orders", body).json());
        while fulfilment.questions().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        for _ in 0..10 {
            assert_eq!(api.get("/api/items").status, 200);
        }
        assert!(!ordering.is_finished());
        assert_flat(&ordering.join().unwrap());
    });
}

#[test]
fn nobody_is_asked_where_it_is_switched_off() {
    let api = start("none", &[]);

    assert_flat(&order(&api));

    let exposed = api.metrics();
    for family in [
        "http_client_request_duration_seconds_count",
        "circuit_breaker_state",
    ] {
        assert!(exposed.samples(family).is_empty(), "{family}");
    }
}

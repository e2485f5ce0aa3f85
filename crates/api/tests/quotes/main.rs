//! Quotes of a fulfilment that answers, and of one that fails in every way: no order fails with it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod breaker;
mod failing;
mod stand_in;
mod taken;

use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::Service;

/// What the time-out of quotes is set to.
const TIMEOUT: Duration = Duration::from_millis(400);
/// What the rest of an order may take on a slow machine.
const SLACK: Duration = Duration::from_secs(3);

/// An api that asks at `url`, with an item 1 of which there is plenty.
fn start(url: &str, variables: &[(&str, &str)]) -> Service {
    let mut all = vec![
        ("QUARTET_FULFILMENT_URL", url),
        ("QUARTET_QUOTE_TIMEOUT_MS", "400"),
    ];
    all.extend_from_slice(variables);
    let api = Service::start(env!("CARGO_BIN_EXE_api").as_ref(), &all);
    let item = r#"{"name":"Pen","price_cents":100,"stock":1000000}"#;
    assert_eq!(api.json("POST", "/api/items", item).status, 201);
    api
}

/// Orders three pieces of item 1. The order has to be accepted, in time.
#[track_caller]
fn order(api: &Service) -> Value {
    let began = Instant::now();
    let answer = api.json(
        "POST",
        "/api/orders",
        r#"{"lines":[{"item_id":1,"quantity":3}]}"#,
    );
    let elapsed = began.elapsed();
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(elapsed < TIMEOUT + SLACK, "{elapsed:?}");
    answer.json()
}

/// Holds an order to the flat rate.
#[track_caller]
fn assert_flat(order: &Value) {
    assert_eq!(order["shipping_source"], "flat_rate", "{order}");
    assert_eq!(order["shipping_cents"], 490, "{order}");
    assert_eq!(order["total_cents"], 790, "{order}");
}

fn breaker_value(api: &Service, family: &str) -> f64 {
    let shown = api.metrics().value(family, &[("service", "fulfilment")]);
    shown.unwrap()
}

//! The events of an order: those there are, and a wait for the next.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::http::{self, Connection, Response};
use testbed::{Service, Sink, eventually};

/// What an answer that nothing holds up takes at most on a slow machine.
const SOON: Duration = Duration::from_secs(3);

/// An api with an order 1.
fn start(variables: &[(&str, &str)]) -> Service {
    let api = Service::start(env!("CARGO_BIN_EXE_api").as_ref(), variables);
    let item = r#"{"name":"Pen","price_cents":100,"stock":1000000}"#;
    assert_eq!(api.json("POST", "/api/items", item).status, 201);
    assert_eq!(order(&api), 1);
    api
}

fn order(api: &Service) -> i64 {
    let lines = r#"{"lines":[{"item_id":1,"quantity":1}]}"#;
    let placed = api.json("POST", "/api/orders", lines);
    assert_eq!(placed.status, 201, "{}", placed.text());
    placed.json()["id"].as_i64().unwrap()
}

fn cancel(api: &Service, order: i64) {
    let path = format!("/api/orders/{order}");
    assert_eq!(api.send("DELETE", &path, &[], b"").status, 204);
}

fn events(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["events"].as_array().unwrap().clone()
}

fn statuses(answer: &Response) -> Vec<String> {
    let events = events(answer).into_iter();
    events
        .map(|event| event["status"].as_str().unwrap().to_owned())
        .collect()
}

/// A request whose answer is not read yet.
fn ask(api: &Service, path: &str) -> Connection {
    let mut connection = Connection::open(api.public).unwrap();
    connection
        .write(&http::compose(api.public, "GET", path, &[], b""))
        .unwrap();
    connection
}

fn await_active(api: &Service, requests: usize) {
    eventually(&format!("{requests} are under way"), || {
        api.metrics().sum("http_server_active_requests", &[]) == requests as f64
    });
}

/// How often an order was looked up.
fn looks(api: &Service) -> f64 {
    let lookups = [
        ("db_operation_name", "SELECT"),
        ("db_collection_name", "orders"),
    ];
    let metrics = api.metrics();
    metrics.sum("db_client_operation_duration_seconds_count", &lookups)
}

#[test]
fn what_happened_is_told_at_once_and_from_where_the_client_is() {
    let api = start(&[]);
    let other = order(&api);
    cancel(&api, 1);

    let all = api.get("/api/orders/1/events?wait=30");

    assert_eq!(statuses(&all), ["pending", "cancelled"]);
    let [pending, cancelled] = &events(&all)[..] else {
        panic!("{}", all.text());
    };
    assert_eq!(pending["order_id"], 1);
    assert!(pending["seq"].as_i64() < cancelled["seq"].as_i64());
    assert!(pending["at_ms"].as_i64() <= cancelled["at_ms"].as_i64());
    let later = api.get(&format!("/api/orders/1/events?after={}", pending["seq"]));
    assert_eq!(statuses(&later), ["cancelled"]);
    let none = api.get(&format!("/api/orders/1/events?after={}", cancelled["seq"]));
    assert_eq!(statuses(&none), [""; 0]);
    let others = api.get(&format!("/api/orders/{other}/events"));
    assert_eq!(statuses(&others), ["pending"]);
}

#[test]
fn a_wait_ends_when_something_happens_to_that_order() {
    let api = start(&[]);
    let (other, after) = (order(&api), "after=1&wait=30");
    let mut waiting = ask(&api, &format!("/api/orders/1/events?{after}"));
    await_active(&api, 1);

    cancel(&api, other);
    std::thread::sleep(Duration::from_millis(500));
    await_active(&api, 1);
    cancel(&api, 1);
    let began = Instant::now();
    let answer = waiting.read().unwrap();

    assert_eq!(statuses(&answer), ["cancelled"]);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn a_wait_that_is_over_is_no_error() {
    let api = start(&[]);

    let began = Instant::now();
    let answer = api.get("/api/orders/1/events?after=1&wait=1");

    assert_eq!(statuses(&answer), [""; 0]);
    assert!(Duration::from_secs(1) <= began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(1) + SOON);
}

#[test]
fn an_order_that_is_not_there_is_not_waited_for() {
    let api = start(&[]);

    let began = Instant::now();
    for path in ["/api/orders/2/events", "/api/orders/2/events?wait=30"] {
        let answer = api.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["code"], "not_found");
    }
    assert!(began.elapsed() < SOON);
}

#[test]
fn what_is_out_of_bounds_is_refused_by_name() {
    let api = start(&[]);

    for (query, field) in [
        ("after=-1", "after"),
        ("after=first", "after"),
        ("after=9223372036854775808", "after"),
        ("wait=-1", "wait"),
        ("wait=31", "wait"),
        ("wait=0.5", "wait"),
        ("wait=", "wait"),
    ] {
        let answer = api.get(&format!("/api/orders/1/events?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
    let last = api.get("/api/orders/1/events?after=9223372036854775807&wait=0");
    assert_eq!(statuses(&last), [""; 0]);
    assert_eq!(
        api.send("POST", "/api/orders/1/events", &[], b"").status,
        405
    );
}

#[test]
fn only_so_many_wait_and_one_that_leaves_makes_room() {
    let api = start(&[("QUARTET_MAX_WAITERS", "2")]);
    let path = "/api/orders/1/events?after=1&wait=30";
    let earlier = looks(&api);
    let first = ask(&api, path);
    let _second = ask(&api, path);
    // The last that a request does before it waits.
    eventually("two have looked", || looks(&api) == earlier + 2.0);

    let third = api.get(path);
    let unwaiting = api.get("/api/orders/1/events?wait=30");
    first.reset().unwrap();
    await_active(&api, 1);
    let next = api.get("/api/orders/1/events?after=1&wait=1");

    assert_eq!(third.status, 503);
    assert_eq!(third.json()["code"], "too_many_waiters");
    assert_eq!(third.header("retry-after"), Some("1"));
    assert_eq!(statuses(&unwaiting), ["pending"]);
    assert_eq!(statuses(&next), [""; 0]);
    let labels = [("error_type", "too_many_waiters")];
    let refused = api
        .metrics()
        .sum("http_server_request_duration_seconds_count", &labels);
    assert_eq!(refused, 1.0);
}

#[test]
fn who_waits_holds_up_nobody() {
    let api = start(&[("QUARTET_WORKERS", "1")]);
    let path = "/api/orders/1/events?after=1&wait=30";
    let waiting: Vec<_> = (0..50).map(|_| ask(&api, path)).collect();
    await_active(&api, 50);

    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(api.get("/api/items").status, 200);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    cancel(&api, 1);

    for mut connection in waiting {
        assert_eq!(statuses(&connection.read().unwrap()), ["cancelled"]);
    }
}

#[test]
fn a_drain_ends_every_wait() {
    let api = start(&[]);
    let path = "/api/orders/1/events?after=1&wait=30";
    let waiting: Vec<_> = (0..5).map(|_| ask(&api, path)).collect();
    await_active(&api, 5);

    api.process.terminate();

    for mut connection in waiting {
        assert_eq!(statuses(&connection.read().unwrap()), [""; 0]);
    }
    let exit = api.process.wait(Duration::from_secs(10));
    assert_eq!(exit.code(), Some(0));
    assert!(exit.elapsed < Duration::from_secs(5), "{exit:?}");
}

#[test]
fn a_long_wait_leaves_a_short_trace() {
    let sink = Sink::http();
    let endpoint = sink.endpoint();
    let api = start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);

    let answer = api.get("/api/orders/1/events?after=1&wait=3");

    let line = api.access_line(answer.header("x-request-id").unwrap());
    let trace = line.get("trace_id").unwrap().to_owned();
    let root = line.get("span_id").unwrap().to_owned();
    sink.wait_for_span("the wait", |span| span.span_id == root);
    let names: Vec<_> = sink
        .spans()
        .into_iter()
        .filter(|span| span.trace_id == trace)
        .map(|span| span.name)
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

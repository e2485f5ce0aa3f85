//! Misbehaviour on purpose: there only where it is permitted, and only as far as it says.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::{Duration, Instant};

use testbed::{Service, http};

fn api(variables: &[(&str, &str)]) -> Service {
    Service::start(Path::new(env!("CARGO_BIN_EXE_api")), variables)
}

fn is_active(api: &Service, fault: &str) -> bool {
    let active = api.metrics().value("fault_active", &[("fault", fault)]);
    active.unwrap() == 1.0
}

fn on(api: &Service, fault: &str, value: u64) {
    api.inflict(fault, value);
    assert!(is_active(api, fault), "{fault}");
}

fn off(api: &Service, fault: &str) {
    api.relieve(fault);
    assert!(!is_active(api, fault), "{fault}");
}

fn time_of(api: &Service, path: &str) -> Duration {
    let began = Instant::now();
    assert_eq!(api.get(path).status, 200);
    began.elapsed()
}

#[test]
fn faults_are_absent_where_they_are_not_permitted() {
    let api = api(&[("QUARTET_DEMO", "off")]);

    for path in [
        "slow",
        "very-slow",
        "cpu",
        "bad-request",
        "server-error",
        "exception",
        "random",
    ] {
        assert_eq!(api.get(&format!("/api/{path}")).status, 404, "{path}");
    }
    assert_eq!(http::get(api.operations, "/faults").unwrap().status, 404);
    assert_eq!(
        api.operate("PUT", "/faults/errors", r#"{"value":100,"seconds":1}"#)
            .status,
        404
    );
}

#[test]
fn the_switchboard_is_not_public() {
    let api = api(&[]);

    assert_eq!(api.get("/faults").status, 404);
    assert_eq!(api.get("/metrics").status, 404);
    assert_eq!(api.get("/health/ready").status, 404);
}

#[test]
fn latency_is_added_while_it_is_on() {
    let api = api(&[]);

    on(&api, "latency", 300);
    let with = time_of(&api, "/api/items");
    off(&api, "latency");
    let without = time_of(&api, "/api/items");

    assert!(
        Duration::from_millis(300) <= with && without < with,
        "{with:?} {without:?}"
    );
}

#[test]
fn errors_are_told_apart_from_real_ones() {
    let api = api(&[]);

    on(&api, "errors", 100);
    assert_eq!(api.get("/api/items").status, 500);
    assert_eq!(api.get("/health").status, 200);
    off(&api, "errors");
    assert_eq!(api.get("/api/items").status, 200);

    let counted = api.metrics().sum(
        "http_server_request_duration_seconds_count",
        &[("error_type", "fault")],
    );
    assert_eq!(counted, 1.0);
}

#[test]
fn cpu_time_is_burnt_for_each_request() {
    let api = api(&[]);
    let before = api.process.cpu_time();

    on(&api, "cpu", 200);
    time_of(&api, "/api/items");

    let burnt = api.process.cpu_time() - before;
    assert!(Duration::from_millis(150) <= burnt, "{burnt:?}");
}

#[test]
fn leaked_memory_is_kept_and_given_back() {
    const MIB: u64 = 1 << 20;
    let api = api(&[]);
    let before = api.process.resident_bytes();

    on(&api, "leak", MIB);
    for _ in 0..40 {
        api.get("/api/items");
    }
    let leaked = api.process.resident_bytes();
    off(&api, "leak");
    let after = api.process.resident_bytes();

    assert!(before + 35 * MIB <= leaked, "{before} {leaked}");
    assert!(after + 20 * MIB <= leaked, "{leaked} {after}");
}

#[test]
fn slow_queries_are_counted_and_logged_as_such() {
    let api = api(&[]);

    on(&api, "slow-queries", 150);
    let answer = api.get("/api/items");
    off(&api, "slow-queries");

    let select = [
        ("db_operation_name", "SELECT"),
        ("db_collection_name", "items"),
    ];
    assert_eq!(
        api.metrics()
            .value("db_client_slow_operations_total", &select),
        Some(1.0)
    );
    let line = api.process.wait_for_logged("the slow call", |line| {
        line.get("msg") == Some("slow database call")
    });
    assert_eq!(line.get("db.query.summary"), Some("SELECT items"));
    assert_eq!(line.get("request_id"), answer.header("x-request-id"));
}

#[test]
fn a_fault_ends_by_itself() {
    let api = api(&[]);

    assert_eq!(
        api.operate("PUT", "/faults/errors", r#"{"value":100,"seconds":1}"#)
            .status,
        204
    );
    assert_eq!(api.get("/api/items").status, 500);

    let began = Instant::now();
    while api.get("/api/items").status == 500 {
        assert!(began.elapsed() < Duration::from_secs(10), "still on");
    }
    assert_eq!(
        api.metrics().value("fault_active", &[("fault", "errors")]),
        Some(0.0)
    );
}

#[test]
fn what_is_out_of_bounds_is_refused_by_name() {
    let api = api(&[]);

    for (body, field) in [
        (r#"{"value":0,"seconds":1}"#, "value"),
        (r#"{"value":101,"seconds":1}"#, "value"),
        (r#"{"value":1,"seconds":0}"#, "seconds"),
        (r#"{"value":1,"seconds":3601}"#, "seconds"),
        (r#"{"value":-1,"seconds":1}"#, "value"),
        (r#"{"value":1}"#, "seconds"),
    ] {
        let answer = api.operate("PUT", "/faults/errors", body);
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
    assert_eq!(
        api.operate("PUT", "/faults/earthquake", r#"{"value":1,"seconds":1}"#)
            .status,
        404
    );
    assert_eq!(
        http::get(api.operations, "/faults")
            .unwrap()
            .json()
            .as_array()
            .unwrap()
            .len(),
        5
    );
}

#[test]
fn demo_latency_keeps_the_pace_of_a_busy_shop() {
    let api = api(&[("QUARTET_DEMO_LATENCY", "on")]);

    assert!(Duration::from_millis(10) <= time_of(&api, "/api/items"));
    assert!(Duration::from_millis(500) <= time_of(&api, "/api/slow"));
}

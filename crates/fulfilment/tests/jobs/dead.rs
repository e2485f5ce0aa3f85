use testbed::{Service, eventually};
use wire::logfmt::Line;

use crate::world::{Shop, attempts, jobs};

/// The one line about a job that was given up.
fn obituary(fulfilment: &Service) -> Line {
    let is_it = |line: &Line| {
        line.get("level") == Some("error")
            && line
                .get("msg")
                .is_some_and(|text| text.starts_with("gave up job"))
    };
    let line = fulfilment.process.wait_for_logged("a dead letter", is_it);
    let lines = fulfilment.process.logged();
    assert_eq!(lines.iter().filter(|line| is_it(line)).count(), 1);
    line
}

#[test]
fn a_job_that_always_fails_is_given_up_and_can_be_revived() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[("QUARTET_JOB_ATTEMPTS", "3")]);
    fulfilment.inflict("errors", 100);

    let order = shop.order();
    shop.wait_for_status(order, "failed");

    eventually("it is counted", || attempts(&fulfilment, "dead") == 1.0);
    assert_eq!(attempts(&fulfilment, "retried"), 2.0);
    let letters = fulfilment.metrics().value("job_dead_letters_total", &[]);
    assert_eq!(letters, Some(1.0));
    assert_eq!(shop.stock(), 100);
    let line = obituary(&fulfilment);
    assert_eq!(line.get("job.attempt"), Some("3"));
    assert_eq!(line.get("error"), Some("the carrier refused the parcel"));
    assert!(line.get("trace_id").is_some(), "{line:?}");
    let dead = jobs(&fulfilment, "dead");
    assert_eq!(dead[0]["order_id"], order);
    assert_eq!(dead[0]["last_error"], "the carrier refused the parcel");
    eventually("the queue shows it", || {
        depth(&fulfilment, "dead") == Some(1.0)
    });

    fulfilment.relieve("errors");
    let revive = format!("/jobs/{}/revive", dead[0]["id"]);
    assert_eq!(fulfilment.operate("POST", &revive, "").status, 204);

    shop.wait_for_status(order, "done");
    assert_eq!(shop.stock(), 99);
    eventually("the queue forgets it", || {
        depth(&fulfilment, "dead") == Some(0.0)
    });
    let again = fulfilment.operate("POST", &revive, "");
    assert_eq!(
        (again.status, &again.json()["code"]),
        (409, &"not_dead".into())
    );
}

fn depth(fulfilment: &Service, state: &str) -> Option<f64> {
    let metrics = fulfilment.metrics();
    metrics.value("job_queue_depth", &[("state", state)])
}

#[test]
fn a_payload_that_nobody_can_read_is_given_up_at_once_and_holds_up_nobody() {
    let shop = Shop::open();
    let poisoned = shop.order();
    shop.database
        .tamper("update jobs set payload = '{\"version\":\"9\"}'");
    let healthy = shop.order();

    let fulfilment = shop.fulfilment(&[("QUARTET_JOB_WORKERS", "1")]);

    shop.wait_for_status(poisoned, "failed");
    shop.wait_for_status(healthy, "done");
    assert_eq!(attempts(&fulfilment, "retried"), 0.0);
    let line = obituary(&fulfilment);
    assert_eq!(line.get("job.attempt"), Some("1"));
    let error = line.get("error").unwrap();
    assert!(error.contains("unknown variant `9`"), "{error}");
    let failed = fulfilment.metrics().sum(
        "messaging_process_duration_seconds_count",
        &[("error_type", "invalid_payload")],
    );
    assert_eq!(failed, 1.0);
}

#[test]
fn a_payload_of_another_order_ships_neither() {
    let shop = Shop::open();
    let order = shop.order();
    shop.database
        .tamper("update jobs set payload = '{\"version\":\"1\",\"order_id\":999}'");

    let fulfilment = shop.fulfilment(&[]);

    shop.wait_for_status(order, "failed");
    let line = obituary(&fulfilment);
    let error = line.get("error").unwrap();
    assert!(error.contains("names order 999"), "{error}");
}

#[test]
fn a_job_whose_workers_all_died_is_given_up_with_a_line() {
    let shop = Shop::open();
    let order = shop.order();
    shop.database
        .tamper("update orders set status = 'processing'");
    shop.database
        .tamper("update jobs set state = 'leased', attempts = 5, leased_until = 1, fence = 5");

    let fulfilment = shop.fulfilment(&[("QUARTET_JOB_ATTEMPTS", "5")]);

    shop.wait_for_status(order, "failed");
    let line = obituary(&fulfilment);
    assert_eq!(line.get("order.id"), Some(order.to_string().as_str()));
    let letters = fulfilment.metrics().value("job_dead_letters_total", &[]);
    assert_eq!(letters, Some(1.0));
    assert_eq!(shop.stock(), 100);
}

#[test]
fn an_attempt_that_panics_costs_nobody_else() {
    let shop = Shop::open();
    let fulfilment = shop.fulfilment(&[("QUARTET_JOB_ATTEMPTS", "100")]);
    fulfilment.inflict("panics", 100);
    let order = shop.order();
    eventually("it panicked", || 1.0 <= attempts(&fulfilment, "retried"));

    fulfilment.relieve("panics");

    shop.wait_for_status(order, "done");
    let line = fulfilment
        .process
        .wait_for_logged("the panic", |line| line.get("msg") == Some("panicked"));
    let span = shop.sink.wait_for_span("the attempt", |span| {
        span.text("error.type") == Some("panic")
            && Some(span.trace_id.as_str()) == line.get("trace_id")
    });
    assert_eq!(span.name, "process orders");
    let panicked = fulfilment.metrics().sum(
        "messaging_process_duration_seconds_count",
        &[("error_type", "panic")],
    );
    assert!(1.0 <= panicked);
    let ready = fulfilment.operate("GET", "/health/ready", "");
    assert_eq!(ready.status, 200, "{}", ready.text());
}

//! The breaker opens, lets one try, closes, and shows it.

use std::time::{Duration, Instant};

use testbed::Service;

use crate::stand_in::{Act, QUOTE, StandIn};
use crate::{TIMEOUT, assert_flat, breaker_value, order, start};

const OPEN_MS: u64 = 1_000;
const OPEN: (&str, &str) = ("QUARTET_BREAKER_OPEN_MS", "1000");
const BROKEN: Act = Act::Answer(500, "");

fn state(api: &Service) -> f64 {
    breaker_value(api, "circuit_breaker_state")
}

fn changes(api: &Service, from: &str, to: &str) -> f64 {
    let labels = [
        ("service", "fulfilment"),
        ("from_state", from),
        ("to_state", to),
    ];
    let shown = api
        .metrics()
        .value("circuit_breaker_state_changes_total", &labels);
    shown.unwrap()
}

/// Waits until as many questions were asked.
fn await_questions(fulfilment: &StandIn, count: usize) {
    let deadline = Instant::now() + testbed::PATIENCE;
    while fulfilment.questions().len() < count {
        assert!(Instant::now() < deadline, "{:?}", fulfilment.questions());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn it_opens_after_five_failures_and_closes_after_a_good_trial() {
    let fulfilment = StandIn::start(&[BROKEN]);
    let api = start(&fulfilment.url(), &[OPEN]);
    assert_eq!(state(&api), 0.0);

    for _ in 0..4 {
        assert_flat(&order(&api));
    }
    assert_eq!(state(&api), 0.0);
    assert_flat(&order(&api));
    assert_eq!(state(&api), 1.0);
    let opened = Instant::now();
    for _ in 0..5 {
        assert_flat(&order(&api));
    }
    assert!(opened.elapsed() < Duration::from_millis(OPEN_MS));
    assert_eq!(fulfilment.questions().len(), 5);

    fulfilment.act(QUOTE);
    std::thread::sleep(Duration::from_millis(OPEN_MS));
    assert_eq!(order(&api)["shipping_source"], "fulfilment");
    assert_eq!(state(&api), 0.0);
    assert_eq!(changes(&api, "closed", "open"), 1.0);
    assert_eq!(changes(&api, "open", "half_open"), 1.0);
    assert_eq!(changes(&api, "half_open", "closed"), 1.0);
    assert_eq!(changes(&api, "half_open", "open"), 0.0);
    assert_eq!(breaker_value(&api, "circuit_breaker_failures_total"), 5.0);
    api.process.wait_for_logged("the last change", |line| {
        line.get("msg") == Some("fulfilment circuit breaker closed")
    });
    let lines: Vec<_> = api
        .process
        .logged()
        .into_iter()
        .filter(|line| line.get("from").is_some())
        .map(|line| line.get("msg").unwrap().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "fulfilment circuit breaker opened",
            "fulfilment circuit breaker lets one call try",
            "fulfilment circuit breaker closed",
        ]
    );
}

#[test]
fn of_many_orders_one_makes_the_trial() {
    const ORDERS: usize = 20;
    let fulfilment = StandIn::start(&[BROKEN]);
    let api = start(&fulfilment.url(), &[OPEN]);
    for _ in 0..5 {
        order(&api);
    }
    fulfilment.act(Act::Hang);
    std::thread::sleep(Duration::from_millis(OPEN_MS));

    std::thread::scope(|scope| {
        let trial = scope.spawn(|| order(&api));
        await_questions(&fulfilment, 6);
        assert_eq!(state(&api), 2.0);
        let others: Vec<_> = (0..ORDERS).map(|_| scope.spawn(|| order(&api))).collect();
        for other in others {
            assert_flat(&other.join().unwrap());
        }
        assert_flat(&trial.join().unwrap());
    });

    assert_eq!(fulfilment.questions().len(), 6);
    assert_eq!(state(&api), 1.0);
    assert_eq!(changes(&api, "half_open", "open"), 1.0);
}

#[test]
fn a_client_that_goes_away_takes_the_trial_with_it() {
    let fulfilment = StandIn::start(&[BROKEN]);
    let patient = ("QUARTET_QUOTE_TIMEOUT_MS", "10000");
    let api = start(&fulfilment.url(), &[OPEN, patient]);
    for _ in 0..5 {
        order(&api);
    }
    fulfilment.act(Act::Hang);
    std::thread::sleep(Duration::from_millis(OPEN_MS));
    let mut client = testbed::http::Connection::open(api.public).unwrap();
    let body = br#"{"lines":[{"item_id":1,"quantity":3}]}"#;
    let headers = [("Content-Type", "application/json")];
    let question = testbed::http::compose(api.public, "POST", "/api/orders", &headers, body);
    client.write(&question).unwrap();
    await_questions(&fulfilment, 6);

    client.reset().unwrap();
    fulfilment.act(QUOTE);

    let deadline = Instant::now() + Duration::from_secs(5);
    while order(&api)["shipping_source"] != "fulfilment" {
        assert!(Instant::now() < deadline, "still waiting for the trial");
    }
    assert_eq!(state(&api), 0.0);
}

#[test]
fn it_recovers_without_a_restart() {
    let port = testbed::free_port();
    let api = start(&format!("http://127.0.0.1:{port}"), &[OPEN]);
    for _ in 0..6 {
        assert_flat(&order(&api));
    }
    assert_eq!(state(&api), 1.0);

    let fulfilment = StandIn::start_at(port, &[QUOTE]);

    std::thread::sleep(Duration::from_millis(OPEN_MS));
    for _ in 0..5 {
        assert_eq!(order(&api)["shipping_source"], "fulfilment");
    }
    assert_eq!(state(&api), 0.0);
    assert_eq!(fulfilment.questions().len(), 5);
}

#[test]
fn an_open_breaker_costs_no_time() {
    let fulfilment = StandIn::start(&[Act::Hang]);
    let api = start(&fulfilment.url(), &[("QUARTET_BREAKER_FAILURES", "1")]);
    order(&api);

    let began = Instant::now();
    for _ in 0..5 {
        assert_flat(&order(&api));
    }

    assert!(began.elapsed() < TIMEOUT * 3, "{:?}", began.elapsed());
    assert_eq!(fulfilment.questions().len(), 1);
}

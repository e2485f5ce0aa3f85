//! Postgres is there, but not well: a documented status in documented time, and recovery without a restart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testbed::{Postgres, Service};

use crate::shop::{assert_kept, assert_unavailable, database, is_ready, open, order, ordered};

/// Ends all sessions of the service, and waits until they are gone.
const CUT: &str =
    "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where usename = 'shop'";

/// Orders from several threads until `trouble` is over; returns the numbers of those that were acknowledged.
fn order_through(api: &Service, trouble: impl FnOnce()) -> Vec<i64> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let customer = || {
            let mut acknowledged = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let answer = order(api);
                match answer.status {
                    201 => acknowledged.push(answer.json()["id"].as_i64().unwrap()),
                    status => assert_eq!(status, 503, "{}", answer.text()),
                }
            }
            acknowledged
        };
        let customers: Vec<_> = (0..4).map(|_| scope.spawn(customer)).collect();
        thread::sleep(Duration::from_millis(500));
        trouble();
        thread::sleep(Duration::from_millis(500));
        over.store(true, Ordering::Relaxed);
        let acknowledged = customers
            .into_iter()
            .flat_map(|customer| customer.join().unwrap());
        acknowledged.collect()
    })
}

#[test]
fn it_is_restarted() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));

    postgres.stop();
    for _ in 0..3 {
        let began = Instant::now();
        assert_unavailable(&order(&api), began, Duration::from_secs(1));
    }
    assert!(!is_ready(&api));
    assert_eq!(api.get("/health").status, 200);
    postgres.start_again();

    ordered(&api);
    assert!(is_ready(&api));
    let labels = [("error_type", "database_unavailable")];
    let seen = api
        .metrics()
        .sum("http_server_request_duration_seconds_count", &labels);
    assert_eq!(seen, 3.0);
    api.process.wait_for_logged("the warning", |line| {
        line.get("level") == Some("warn") && line.get("error.type") == Some("database_unavailable")
    });
}

#[test]
fn it_is_killed_under_load() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));

    let acknowledged = order_through(&api, || {
        for _ in 0..3 {
            postgres.kill();
            thread::sleep(Duration::from_millis(300));
            postgres.start_again();
            thread::sleep(Duration::from_millis(300));
        }
    });

    assert!(!acknowledged.is_empty());
    assert_kept(&api, &postgres, "shop", &acknowledged);
    ordered(&api);
}

#[test]
fn it_cuts_every_connection() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));
    for _ in 0..5 {
        ordered(&api);
        assert_ne!(postgres.sql("postgres", CUT).trim(), "0");
    }

    ordered(&api);
}

#[test]
fn it_has_no_connection_left() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));
    postgres.sql("postgres", "alter role shop connection limit 0");
    postgres.sql("postgres", CUT);

    for _ in 0..3 {
        let began = Instant::now();
        assert_unavailable(&order(&api), began, Duration::from_secs(1));
    }
    assert!(!is_ready(&api));
    postgres.sql("postgres", "alter role shop connection limit -1");

    ordered(&api);
    assert!(is_ready(&api));
}

#[test]
fn it_hangs() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));
    ordered(&api);

    postgres.freeze();
    let answers: Vec<_> = thread::scope(|scope| {
        let orders: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let began = Instant::now();
                    (order(&api), began.elapsed())
                })
            })
            .collect();
        orders
            .into_iter()
            .map(|order| order.join().unwrap())
            .collect()
    });
    let public = api.get("/health").status;
    let ready = is_ready(&api);
    postgres.proceed();

    for (answer, elapsed) in answers {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(elapsed < Duration::from_millis(2_500), "{elapsed:?}");
    }
    assert_eq!(public, 200);
    assert!(!ready);
    ordered(&api);
    assert!(is_ready(&api));
}

#[test]
fn an_item_is_locked_by_another_program() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));

    thread::scope(|scope| {
        let hold =
            "begin; update items set stock = stock where id = 1; select pg_sleep(4); rollback";
        let holder = scope.spawn(|| postgres.sql("shop", hold));
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        let answer = order(&api);
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.json()["code"], "database_locked");
        assert!(began.elapsed() < Duration::from_millis(2_500));
        assert!(is_ready(&api));
        holder.join().unwrap();
    });

    ordered(&api);
}

//! All is well.

use std::time::{Duration, Instant};

use testbed::http::{self, Connection};
use testbed::{Postgres, Service};

use crate::shop::{API, ORDER, database, is_ready, open, order, ordered};

#[test]
fn an_order_is_placed_followed_and_cancelled() {
    let postgres = Postgres::start();
    let api = open(&database(&postgres));
    let id = ordered(&api);
    let mut waiting = Connection::open(api.public).unwrap();
    let path = format!("/api/orders/{id}/events?after=1&wait=30");
    waiting
        .write(&http::compose(api.public, "GET", &path, &[], b""))
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));

    let began = Instant::now();
    let cancelled = api.send("DELETE", &format!("/api/orders/{id}"), &[], b"");
    let told = waiting.read().unwrap();

    assert_eq!(cancelled.status, 204);
    assert_eq!(told.json()["events"][0]["status"], "cancelled");
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let shown = api.get(&format!("/api/orders/{id}")).json();
    assert_eq!(shown["status"], "cancelled");
    let labels = [("db_system_name", "postgresql")];
    let calls = api
        .metrics()
        .sum("db_client_operation_duration_seconds_count", &labels);
    assert!(0.0 < calls);
}

#[test]
fn a_key_counts_once_for_two_services_on_one_database() {
    let postgres = Postgres::start();
    let url = database(&postgres);
    let first = open(&url);
    let second = Service::start(API.as_ref(), &[("DATABASE_URL", &url)]);

    let answers = [&first, &second, &first].map(|api| {
        let headers = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", "one"),
        ];
        api.send("POST", "/api/orders", &headers, ORDER.as_bytes())
    });

    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.text(), answers[0].text());
    }
    assert_eq!(
        postgres.sql("shop", "select count(*) from orders").trim(),
        "1"
    );
}

#[test]
fn orders_at_once_sell_no_piece_twice() {
    const STOCK: usize = 20;
    let postgres = Postgres::start();
    let url = database(&postgres);
    let api = open(&url);
    let scarce = format!(r#"{{"stock":{STOCK}}}"#);
    assert_eq!(api.json("PATCH", "/api/items/1", &scarce).status, 200);

    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let orders: Vec<_> = (0..40)
            .map(|_| scope.spawn(|| order(&api).status))
            .collect();
        orders
            .into_iter()
            .map(|order| order.join().unwrap())
            .collect()
    });

    let of = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((of(201), of(409)), (STOCK, 40 - STOCK), "{statuses:?}");
    assert_eq!(api.get("/api/items/1").json()["stock"], 0);
    assert!(is_ready(&api));
}

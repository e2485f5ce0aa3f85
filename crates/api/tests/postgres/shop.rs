//! An api on a Postgres of its own.

use std::time::{Duration, Instant};

use testbed::http::{self, Response};
use testbed::{Postgres, Service};

/// The bytes of a whole order of one piece of item 1.
pub(crate) const ORDER: &str = r#"{"lines":[{"item_id":1,"quantity":1}]}"#;
/// What is in stock at first.
pub(crate) const STOCK: i64 = 1_000_000;

pub(crate) const API: &str = env!("CARGO_BIN_EXE_api");

/// Starts the api on `url` and offers item 1.
pub(crate) fn open(url: &str) -> Service {
    let api = Service::start(API.as_ref(), &[("DATABASE_URL", url)]);
    let item = format!(r#"{{"name":"Pen","price_cents":100,"stock":{STOCK}}}"#);
    assert_eq!(api.json("POST", "/api/items", &item).status, 201);
    api
}

/// A database of its own, for a role of its own that is nobody special.
pub(crate) fn database(postgres: &Postgres) -> String {
    postgres.sql("postgres", "create role shop login");
    postgres.sql("postgres", "create database shop owner shop");
    postgres.url("shop").replace("quartet@", "shop@")
}

pub(crate) fn order(api: &Service) -> Response {
    api.json("POST", "/api/orders", ORDER)
}

/// Orders, which has to succeed; returns the number.
#[track_caller]
pub(crate) fn ordered(api: &Service) -> i64 {
    let answer = order(api);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_i64().unwrap()
}

/// Holds an answer to the refusal that docs/operations.md promises, asked for at `began`.
#[track_caller]
pub(crate) fn assert_unavailable(answer: &Response, began: Instant, within: Duration) {
    let elapsed = began.elapsed();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.json()["code"], "database_unavailable");
    assert!(answer.header("retry-after").is_some());
    // Half a second is for a busy machine.
    assert!(elapsed < within + Duration::from_millis(500), "{elapsed:?}");
}

pub(crate) fn is_ready(api: &Service) -> bool {
    http::get(api.operations, "/health/ready").unwrap().status == 200
}

/// Every order of `acknowledged` is there once, and the stock is what they left.
#[track_caller]
pub(crate) fn assert_kept(
    api: &Service,
    postgres: &Postgres,
    database: &str,
    acknowledged: &[i64],
) {
    for id in acknowledged {
        assert_eq!(api.get(&format!("/api/orders/{id}")).status, 200, "{id}");
    }
    let sum = "select (select stock from items where id = 1) + \
               (select coalesce(sum(quantity), 0) from order_lines)";
    assert_eq!(postgres.sql(database, sum).trim(), STOCK.to_string());
    let jobless = "select count(*) from orders o where \
                   (select count(*) from jobs j where j.order_id = o.id) <> 1";
    assert_eq!(postgres.sql(database, jobless).trim(), "0");
    let distinct: std::collections::BTreeSet<_> = acknowledged.iter().collect();
    assert_eq!(distinct.len(), acknowledged.len());
}

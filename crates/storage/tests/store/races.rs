use std::sync::Arc;
use std::time::Duration;

use domain::{Caller, IdempotencyKey};
use futures_util::future::join_all;
use storage::{CancelError, Claiming, PlaceError};

use crate::bench::{Bench, place};

#[tokio::test(flavor = "multi_thread")]
async fn the_last_piece_is_sold_once() {
    let bench = Bench::start().await;
    let item = bench.item(1).await.id;

    let orders = (0..2).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { place(&store, &[(item.get(), 1)], None).await })
    });
    let outcomes: Vec<_> = join_all(orders)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    let short = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(PlaceError::OutOfStock(_))))
        .count();
    assert_eq!(
        (
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            short
        ),
        (1, 1)
    );
    assert_eq!(bench.stock(item).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_orders_over_the_same_items_in_any_order_sell_all_and_no_more() {
    let bench = Arc::new(Bench::start().await);
    let (one, other) = (bench.item(20).await.id, bench.item(20).await.id);

    let orders = (0..50).map(|number| {
        let bench = bench.clone();
        let lines = match number % 2 {
            0 => [(one.get(), 1), (other.get(), 1)],
            _ => [(other.get(), 1), (one.get(), 1)],
        };
        tokio::spawn(async move { bench.place(&lines).await })
    });
    let outcomes = join_all(orders).await;

    let sold = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Ok(_))))
        .count();
    assert_eq!(sold, 20);
    assert_eq!((bench.stock(one).await, bench.stock(other).await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_cancelled_by_one_of_many() {
    let bench = Bench::start().await;
    let item = bench.item(5).await.id;
    let order = bench.place(&[(item.get(), 3)]).await.unwrap().id;

    let cancels = (0..8).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.cancel_order(order).await })
    });
    let outcomes: Vec<_> = join_all(cancels)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(CancelError::NotPending(_))))
        .count();
    assert_eq!(refused, 7);
    assert_eq!(bench.stock(item).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_claimed_by_one_of_many() {
    let bench = Bench::start().await;
    let now = std::time::SystemTime::now().into();

    let claims = (0..8).map(|_| {
        let store = bench.store.clone();
        let key = IdempotencyKey::parse("key").unwrap();
        tokio::spawn(async move {
            store
                .claim(&Caller::anonymous(), &key, &[1; 32], now)
                .await
                .unwrap()
        })
    });
    let outcomes: Vec<_> = join_all(claims)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Claiming::Claimed(_)))
            .count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == Claiming::InFlight)
            .count(),
        7
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_dropped_anywhere_leave_whole_orders_and_a_working_store() {
    let bench = Bench::start().await;
    let item = bench.item(1_000).await.id;

    for micros in 0..300 {
        let lines = [(item.get(), 1)];
        let budget = Duration::from_micros(micros * 7);
        let _ = tokio::time::timeout(budget, bench.place(&lines)).await;
    }

    bench.place(&[(item.get(), 1)]).await.unwrap();
    let orders = bench.number("select count(*) from orders").await;
    assert!((1..=301).contains(&orders), "{orders}");
    assert_eq!(bench.stock(item).await, 1_000 - orders);
    for table in ["order_lines", "jobs", "order_events"] {
        assert_eq!(
            bench.number(format!("select count(*) from {table}")).await,
            orders,
            "{table}"
        );
    }
}

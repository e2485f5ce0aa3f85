//! Whoever waits is woken early, and never only by that.

use std::time::{Duration, Instant};

use storage::Changes;

use crate::bench::{Bench, connect, place};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

/// Waits until somebody looks for changes, and sees none.
async fn quiet(changes: &mut Changes) {
    assert!(changes.wait_for_job(LONG).await);
    while changes.wait_for_job(SHORT).await {}
    while changes.wait_for_event(SHORT).await {}
}

#[tokio::test]
async fn an_order_of_another_program_wakes_workers_and_readers() {
    let bench = Bench::start().await;
    let item = bench.item(5).await.id;
    let mut changes = bench.store.changes();
    quiet(&mut changes).await;
    let started = Instant::now();

    let other = connect(&bench.settings).await.unwrap();
    let order = async {
        tokio::time::sleep(SHORT).await;
        place(&other, &[(item.get(), 1)], None).await.unwrap();
    };
    let mut reader = changes.clone();
    let woken = futures_util::future::join3(
        changes.wait_for_job(LONG),
        reader.wait_for_event(LONG),
        order,
    )
    .await;

    assert_eq!((woken.0, woken.1), (true, true));
    assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_change_between_a_look_and_the_wait_is_not_missed() {
    let bench = Bench::start().await;
    let item = bench.item(5).await.id;
    let mut changes = bench.store.changes();
    quiet(&mut changes).await;

    bench.place(&[(item.get(), 1)]).await.unwrap();
    let woken = changes.wait_for_event(LONG).await;

    assert!(woken);
}

#[tokio::test]
async fn without_a_change_the_wait_ends_with_its_time() {
    let bench = Bench::start().await;
    let item = bench.item(1).await.id;
    let mut changes = bench.store.changes();
    quiet(&mut changes).await;
    bench.place(&[(item.get(), 2)]).await.unwrap_err();
    let started = Instant::now();

    let woken = changes.wait_for_event(SHORT).await;

    assert!(!woken);
    assert!((SHORT..LONG).contains(&started.elapsed()));
}

#[tokio::test]
async fn after_the_store_closed_the_wait_ends_with_its_time() {
    let bench = Bench::start().await;
    let item = bench.item(5).await.id;
    let mut changes = bench.store.changes();
    quiet(&mut changes).await;
    let other = connect(&bench.settings).await.unwrap();
    bench.store.close().await;

    place(&other, &[(item.get(), 1)], None).await.unwrap();
    let woken = changes.wait_for_job(SHORT).await;

    assert!(!woken);
}

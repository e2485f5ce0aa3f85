//! A database in trouble fails by name, and works again when the trouble is over.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sqlx::Connection;
use storage::{CancelError, Error, PlaceError, Store};

use crate::bench::{Bench, connect, pen, place, read_only, run};

/// What a slow machine may add to what is promised.
const SLACK: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_locked_database_answers_within_2_seconds_and_recovers() {
    let bench = Bench::file().await;
    let item = bench.item(5).await;
    let mut foreign = bench.foreign().await;
    run(&mut foreign, "begin immediate").await;

    let started = Instant::now();
    let refusal = bench.store.create_item(&pen(1, 1)).await.unwrap_err();

    assert!(matches!(refusal, Error::Locked), "{refusal:?}");
    assert!(
        started.elapsed() < Duration::from_secs(2) + SLACK,
        "{:?}",
        started.elapsed()
    );
    assert_eq!(bench.store.find_item(item.id).await.unwrap(), Some(item));
    bench.store.check().await.unwrap();

    run(&mut foreign, "rollback").await;
    bench.store.create_item(&pen(1, 1)).await.unwrap();
}

#[tokio::test]
async fn whoever_comes_while_the_database_is_locked_is_answered_within_2_seconds() {
    let bench = Bench::file().await;
    let mut foreign = bench.foreign().await;
    run(&mut foreign, "begin immediate").await;

    let outcomes = join_all((0..30).map(|arrival| {
        let store = bench.store.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(arrival * 70)).await;
            let arrived = Instant::now();
            let refusal = store.create_item(&pen(1, 1)).await.unwrap_err();
            (arrived.elapsed(), refusal)
        }
    }))
    .await;

    for (waited, refusal) in &outcomes {
        assert!(
            matches!(refusal, Error::Locked | Error::Busy),
            "{refusal:?}"
        );
        assert!(
            *waited < Duration::from_secs(2) + SLACK,
            "{waited:?} {refusal:?}"
        );
    }
    assert!(
        outcomes
            .iter()
            .any(|(_, refusal)| matches!(refusal, Error::Locked)),
        "{outcomes:?}"
    );
    assert!(
        outcomes
            .iter()
            .any(|(_, refusal)| matches!(refusal, Error::Busy)),
        "{outcomes:?}"
    );

    run(&mut foreign, "rollback").await;
    bench.store.create_item(&pen(1, 1)).await.unwrap();
}

#[tokio::test]
async fn a_full_database_refuses_writes_reads_on_and_recovers() {
    let bench = Bench::within(80).await;
    let first = bench.item(1_000).await;
    let claimed = bench.place(&[(first.id.get(), 1)]).await.unwrap();

    let refusal = loop {
        match bench.store.create_item(&pen(1, 1)).await {
            Ok(_) => {}
            Err(refusal) => break refusal,
        }
    };
    let order = loop {
        match bench.place(&[(first.id.get(), 1)]).await {
            Ok(_) => {}
            Err(refusal) => break refusal,
        }
    };

    assert!(matches!(refusal, Error::Full), "{refusal:?}");
    assert!(matches!(order, PlaceError::Store(Error::Full)), "{order:?}");
    bench.store.check().await.unwrap();
    assert_eq!(
        bench.store.find_order(claimed.id).await.unwrap(),
        Some(claimed)
    );
    let orders = bench.number("select count(*) from orders").await;
    assert_eq!(bench.stock(first.id).await, 1_000 - orders);

    run(&mut bench.foreign().await, "delete from items where id > 1").await;
    bench.place(&[(first.id.get(), 1)]).await.unwrap();
    bench.item(1).await;
}

#[tokio::test]
async fn a_read_only_database_reads_and_refuses_writes() {
    let bench = Bench::file().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();
    bench.store.close().await;

    let read_only = read_only(bench.path());
    let store = connect(&read_only).await.unwrap();

    store.check().await.unwrap();
    assert_eq!(
        store.find_order(order.id).await.unwrap(),
        Some(order.clone())
    );
    let create = store.create_item(&pen(1, 1)).await.unwrap_err();
    assert!(matches!(create, Error::ReadOnly), "{create:?}");
    let remove = store.remove_item(item.id).await.unwrap_err();
    assert!(matches!(remove, Error::ReadOnly), "{remove:?}");
    let place = place(&store, &[(item.id.get(), 1)], None)
        .await
        .unwrap_err();
    assert!(
        matches!(place, PlaceError::Store(Error::ReadOnly)),
        "{place:?}"
    );
    let cancel = store.cancel_order(order.id).await.unwrap_err();
    assert!(
        matches!(cancel, CancelError::Store(Error::ReadOnly)),
        "{cancel:?}"
    );
    let prune = store.prune(order.created_at).await.unwrap_err();
    assert!(matches!(prune, Error::ReadOnly), "{prune:?}");
}

#[tokio::test]
async fn a_damaged_file_is_unusable_until_it_is_whole_again() {
    let bench = Bench::file().await;
    let whole = std::fs::read(bench.path()).unwrap();
    std::fs::write(bench.path(), "x".repeat(whole.len())).unwrap();

    for _ in 0..2 {
        let read = bench.store.check().await.unwrap_err();
        assert!(matches!(read, Error::Unusable(_)), "{read:?}");
        let write = bench.store.create_item(&pen(1, 1)).await.unwrap_err();
        assert!(matches!(write, Error::Unusable(_)), "{write:?}");
    }

    std::fs::write(bench.path(), whole).unwrap();
    bench.store.check().await.unwrap();
    bench.store.create_item(&pen(1, 1)).await.unwrap();
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_is_named() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    run(&mut bench.foreign().await, "update items set name = ' '").await;

    let error = bench.store.find_item(item.id).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "a row of items breaks a rule: name: must not be blank"
    );
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let bench = Bench::start().await;

    bench.store.close().await;

    let error = bench.store.check().await.unwrap_err();
    assert!(matches!(error, Error::Closed), "{error:?}");
}

#[tokio::test]
async fn a_failed_commit_does_not_spoil_the_next_one() {
    let bench = Bench::file().await;
    let item = bench.item(5).await;
    let broken =
        "create trigger broken before insert on orders begin select raise(rollback, 'broken'); end";
    run(&mut bench.foreign().await, broken).await;

    for _ in 0..3 {
        let error = bench.place(&[(item.id.get(), 1)]).await.unwrap_err();
        assert!(
            matches!(error, PlaceError::Store(Error::Failed(_))),
            "{error:?}"
        );
    }

    run(&mut bench.foreign().await, "drop trigger broken").await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    assert_eq!(bench.stock(item.id).await, 4);
}

#[tokio::test]
async fn a_long_read_elsewhere_does_not_block_a_writer() {
    let bench = Bench::file().await;
    let mut foreign = bench.foreign().await;
    let mut reading = foreign.begin().await.unwrap();
    let before: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut *reading)
        .await
        .unwrap();

    let store: Store = bench.store.clone();
    store.create_item(&pen(1, 1)).await.unwrap();

    let after: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut *reading)
        .await
        .unwrap();
    assert_eq!((before, after), (0, 0));
}

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sqlx::Connection;
use storage::Error;
use testbed::Postgres;

use crate::bench::{DATABASE, occupied, open, pen, refused};

/// Longer than a connection is used without asking whether it lives: a small server restarts faster than that.
const TRUSTED: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_server_that_is_gone_refuses_at_once_and_works_again_when_it_is_back() {
    let server = Postgres::start();
    let store = open(&server).await;
    let item = store.create_item(&pen()).await.unwrap();

    server.kill();
    for _ in 0..3 {
        let read = refused(store.check()).await;
        assert!(matches!(read, Error::Unavailable(_)), "{read:?}");
        let write = refused(store.create_item(&pen())).await;
        assert!(matches!(write, Error::Unavailable(_)), "{write:?}");
    }

    server.start_again();
    assert_eq!(store.find_item(item.id).await.unwrap(), Some(item));
    store.create_item(&pen()).await.unwrap();
}

#[tokio::test]
async fn the_first_call_after_a_restart_succeeds() {
    let server = Postgres::start();
    let store = open(&server).await;
    join_all((0..10).map(|_| store.check())).await;

    server.stop();
    server.start_again();
    tokio::time::sleep(TRUSTED).await;

    let pen = pen();
    for outcome in join_all((0..10).map(|_| store.create_item(&pen))).await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn connections_that_somebody_cut_are_not_used_again() {
    let server = Postgres::start();
    let store = open(&server).await;
    join_all((0..10).map(|_| store.check())).await;

    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'storage'";
    assert_ne!(server.sql(DATABASE, cut), "0");
    tokio::time::sleep(TRUSTED).await;

    store.create_item(&pen()).await.unwrap();
}

#[tokio::test]
async fn a_server_out_of_connections_refuses_and_recovers() {
    let server = Postgres::with_max_connections(5);
    let store = open(&server).await;
    store.close().await;
    let store = open(&server).await;
    let others = occupied(&server, 5);

    let refusal = refused(store.check()).await;
    assert!(matches!(refusal, Error::Unavailable(_)), "{refusal:?}");

    drop(others);
    let deadline = Instant::now() + Duration::from_secs(5);
    while store.check().await.is_err() {
        assert!(
            Instant::now() < deadline,
            "the connections do not become free"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn whoever_comes_while_the_server_hangs_is_answered_within_2_seconds() {
    let server = Postgres::start();
    let store = open(&server).await;
    join_all((0..10).map(|_| store.check())).await;

    server.freeze();
    let outcomes = join_all((0..30).map(|arrival| {
        let store = store.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(arrival * 70)).await;
            refused(store.create_item(&pen())).await
        }
    }));
    for refusal in outcomes.await {
        assert!(
            matches!(refusal, Error::Unavailable(_) | Error::Busy),
            "{refusal:?}"
        );
    }
    server.proceed();

    store.create_item(&pen()).await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_under_way_when_the_server_hangs_ends_in_time() {
    let server = Postgres::start();
    let store = open(&server).await;
    store.check().await.unwrap();

    // Within the time in which a connection is used without asking whether it lives.
    server.freeze();
    let refusal = refused(store.check()).await;
    server.proceed();

    assert!(matches!(refusal, Error::Unavailable(_)), "{refusal:?}");
    store.check().await.unwrap();
}

/// A connection of somebody else.
async fn foreign(server: &Postgres) -> sqlx::AnyConnection {
    let connected = sqlx::AnyConnection::connect(&server.url(DATABASE)).await;
    connected.unwrap()
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_locked_until_it_is_let_go() {
    let server = Postgres::start();
    let store = open(&server).await;
    let item = store.create_item(&pen()).await.unwrap();
    let mut foreign = foreign(&server).await;
    let mut holding = foreign.begin().await.unwrap();
    let hold = "update items set stock = 4";
    sqlx::query(hold).execute(&mut *holding).await.unwrap();

    let refusal = refused(store.remove_item(item.id)).await;
    assert!(matches!(refusal, Error::Locked), "{refusal:?}");
    assert_eq!(store.find_item(item.id).await.unwrap(), Some(item.clone()));

    holding.rollback().await.unwrap();
    assert!(store.remove_item(item.id).await.unwrap());
}

#[tokio::test]
async fn an_item_that_is_ordered_while_it_is_withdrawn_stays_for_its_order() {
    let server = Postgres::start();
    let store = open(&server).await;
    let item = store.create_item(&pen()).await.unwrap();
    let mut foreign = foreign(&server).await;
    let mut ordering = foreign.begin().await.unwrap();
    for statement in [
        "update items set stock = stock - 1",
        "insert into orders (status, shipping_cents, shipping_source, total_cents, created_at, updated_at)
         values ('pending', 0, 'flat_rate', 250, 0, 0)",
        "insert into order_lines (order_id, position, item_id, quantity, unit_price_cents) values (1, 0, 1, 1, 250)",
    ] {
        sqlx::query(statement).execute(&mut *ordering).await.unwrap();
    }

    let withdrawal = tokio::spawn({
        let store = store.clone();
        async move { store.remove_item(item.id).await }
    });
    let waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    while server.sql(DATABASE, waiting) == "0" {
        assert!(!withdrawal.is_finished());
        tokio::task::yield_now().await;
    }
    ordering.commit().await.unwrap();

    assert!(withdrawal.await.unwrap().unwrap());
    assert_eq!(store.find_item(item.id).await.unwrap(), None);
    assert_eq!(server.sql(DATABASE, "select count(*) from items"), "1");
}

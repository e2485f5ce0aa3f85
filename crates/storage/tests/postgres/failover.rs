use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::ItemId;
use futures_util::future::join_all;
use storage::{Error, Store};
use testbed::Postgres;

use crate::bench::{DATABASE, connect, open, pen, refused, settings};

/// Offers items until told to stop; returns those that were acknowledged.
async fn offers(store: Store, ended: &AtomicBool) -> Vec<ItemId> {
    let mut acknowledged = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        match store.create_item(&pen()).await {
            Ok(item) => acknowledged.push(item.id),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_write_is_lost_when_the_synchronous_standby_takes_over() {
    let primary = Postgres::start();
    open(&primary).await.close().await;
    let standby = primary.standby();
    // The one that takes no writes stands first.
    let (first, second) = (standby.address(), primary.address());
    let url = format!("postgres://quartet@{first},{second}/{DATABASE}?sslmode=disable");
    let store = connect(&settings(&url)).await.unwrap();
    store.create_item(&pen()).await.unwrap();

    let ended = AtomicBool::new(false);
    let writers = join_all((0..4).map(|_| offers(store.clone(), &ended)));
    let (acknowledged, taken_over) = tokio::join!(writers, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tokio::task::block_in_place(|| {
            primary.kill();
            standby.promote();
        });
        let promoted = Instant::now();
        while store.create_item(&pen()).await.is_err() {
            assert!(
                promoted.elapsed() < Duration::from_secs(5),
                "still no write"
            );
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        ended.store(true, Ordering::Relaxed);
        promoted.elapsed()
    });

    let acknowledged: Vec<_> = acknowledged.into_iter().flatten().collect();
    assert!(20 < acknowledged.len(), "{}", acknowledged.len());
    for id in &acknowledged {
        assert!(
            store.find_item(*id).await.unwrap().is_some(),
            "{id:?} is lost"
        );
    }
    assert!(taken_over < Duration::from_secs(5), "{taken_over:?}");
}

#[tokio::test]
async fn a_commit_that_waits_for_its_standby_is_never_acknowledged_without_it() {
    let primary = Postgres::start();
    open(&primary).await.close().await;
    let standby = primary.standby();
    let store = open(&primary).await;

    standby.freeze();
    let refusal = refused(store.create_item(&pen())).await;
    assert!(matches!(refusal, Error::Unavailable(_)), "{refusal:?}");
    standby.proceed();

    store.create_item(&pen()).await.unwrap();
}

#[tokio::test]
async fn a_standby_reads_and_refuses_writes() {
    let primary = Postgres::start();
    let item = open(&primary).await.create_item(&pen()).await.unwrap();
    let standby = primary.standby();

    let store = open(&standby).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while store.find_item(item.id).await.unwrap().is_none() {
        assert!(Instant::now() < deadline, "the standby does not follow");
    }

    let refusal = refused(store.create_item(&pen())).await;
    assert!(matches!(refusal, Error::ReadOnly), "{refusal:?}");
}

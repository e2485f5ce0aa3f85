//! What ended long ago is forgotten; what is still owed is not.

use std::time::{Duration, SystemTime};

use domain::{JobId, OrderStatus, Timestamp};
use storage::Pruned;

use crate::bench::{Bench, run};
use crate::leases::lease_one;

const DAY: Duration = Duration::from_hours(24);

fn now() -> Timestamp {
    SystemTime::now().into()
}

#[tokio::test]
async fn ended_jobs_and_events_go_after_their_time_and_open_ones_stay() {
    let bench = Bench::start().await;
    let item = bench.item(9).await.id;
    for _ in 0..5 {
        bench.place(&[(item.get(), 1)]).await.unwrap();
    }
    let done = lease_one(&bench.store).await;
    bench.store.finish_job(&done, "T1").await.unwrap();
    let dead = lease_one(&bench.store).await;
    bench.store.bury_job(&dead, "broken").await.unwrap();
    let leased = lease_one(&bench.store).await;
    let cancelled = domain::OrderId::parse(4).unwrap();
    bench.store.cancel_order(cancelled).await.unwrap();

    let early = bench.store.prune_history(now(), DAY).await.unwrap();
    let late = bench.store.prune_history(now() + DAY, DAY).await.unwrap();

    assert_eq!(early, Pruned::default());
    // Done and cancelled; the events of these two and of the dead letter: 3 + 2 + 3.
    assert_eq!(late, Pruned { jobs: 2, events: 8 });
    let left = "select count(*) from jobs where state in ('ready', 'leased', 'dead')";
    assert_eq!(bench.number(left).await, 3);
    assert_eq!(bench.number("select count(*) from order_events").await, 3);
    assert_eq!(bench.number("select count(*) from shipments").await, 1);
    bench.store.finish_job(&leased, "T2").await.unwrap();
    bench.store.revive_job(dead.job).await.unwrap();
}

#[tokio::test]
async fn an_order_whose_job_was_forgotten_is_still_done() {
    let bench = Bench::start().await;
    let item = bench.item(9).await.id;
    let order = bench.place(&[(item.get(), 1)]).await.unwrap().id;
    let lease = lease_one(&bench.store).await;
    bench.store.finish_job(&lease, "T1").await.unwrap();
    bench.store.prune_history(now() + DAY, DAY).await.unwrap();

    let cancel = bench.store.cancel_order(order).await.unwrap_err();
    let revive = bench.store.revive_job(JobId::parse(1).unwrap()).await;
    let again = bench.store.finish_job(&lease, "T2").await.unwrap();

    assert_eq!(
        cancel.to_string(),
        "an order that is done cannot be cancelled"
    );
    assert_eq!(revive.unwrap_err().to_string(), "job 1 not found");
    assert_eq!(again.tracking.as_str(), "T1");
    let found = bench.store.find_order(order).await.unwrap().unwrap();
    assert_eq!(found.status, OrderStatus::Done);
}

#[tokio::test]
async fn more_than_one_batch_is_forgotten_at_once() {
    let bench = Bench::start().await;
    let item = bench.item(9).await.id;
    bench.place(&[(item.get(), 1)]).await.unwrap();
    let order = domain::OrderId::parse(1).unwrap();
    bench.store.cancel_order(order).await.unwrap();
    let many = "insert into order_events (order_id, status, at)
                with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
                select 1, 'pending', 0 from n";
    run(&mut bench.foreign().await, many).await;

    let pruned = bench.store.prune_history(now() + DAY, DAY).await.unwrap();

    assert_eq!(
        pruned,
        Pruned {
            jobs: 1,
            events: 1_202
        }
    );
}

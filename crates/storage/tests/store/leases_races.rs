//! Workers, cancellations and sudden ends, all at once.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{ItemId, OrderId, OrderStatus};
use futures_util::future::{join, join_all};
use storage::{CancelError, JobError, Store};

use crate::bench::{Bench, connect, pen, run};
use crate::leases::{ATTEMPTS, LASTS, NOTHING, lease, lease_one};

async fn orders(bench: &Bench, pieces: i64) -> ItemId {
    let item = bench.item(pieces).await.id;
    for _ in 0..pieces {
        bench.place(&[(item.get(), 1)]).await.unwrap();
    }
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_of_two_programs_get_each_job_once() {
    const JOBS: i64 = 60;
    let bench = Bench::start().await;
    orders(&bench, JOBS).await;
    let other = connect(&bench.settings).await.unwrap();

    let workers = (0..8).map(|number| {
        let store = [&bench.store, &other][number % 2].clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let leases = lease(&store, 3).await;
                if leases.is_empty() {
                    return mine;
                }
                for lease in leases {
                    store.finish_job(&lease, "T1").await.unwrap();
                    mine.push(lease.order);
                }
            }
        })
    });
    let shipped: Vec<OrderId> = join_all(workers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();

    let distinct: BTreeSet<_> = shipped.iter().collect();
    assert_eq!((shipped.len(), distinct.len()), (60, 60));
    assert_eq!(bench.number("select count(*) from shipments").await, JOBS);
    let attempts = "select cast(sum(attempts) as bigint) from jobs where state = 'done'";
    assert_eq!(bench.number(attempts).await, JOBS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_writes_without_a_pause_leaves_others_their_turn() {
    let bench = Bench::file().await;
    let mut foreign = bench.foreign().await;
    let writing = tokio::spawn(async move {
        loop {
            run(&mut foreign, "begin immediate").await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            run(&mut foreign, "commit").await;
        }
    });

    for _ in 0..20 {
        bench.store.create_item(&pen(250, 1)).await.unwrap();
    }

    assert!(!writing.is_finished());
    writing.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_old_and_a_new_holder_one_ships() {
    const JOBS: i64 = 30;
    let bench = Bench::start().await;
    orders(&bench, JOBS).await;
    let other = connect(&bench.settings).await.unwrap();

    loop {
        let claimed = bench.store.lease_jobs(1, NOTHING, ATTEMPTS).await.unwrap();
        let Some(old) = claimed.leases.into_iter().next() else {
            break;
        };
        let (mine, other) = (bench.store.clone(), other.clone());
        let late = tokio::spawn(async move { mine.finish_job(&old, "OLD").await });
        let next = tokio::spawn(async move {
            for lease in lease(&other, 1).await {
                other.finish_job(&lease, "NEW").await.unwrap();
            }
        });
        match join(late, next).await {
            (Ok(Ok(_) | Err(JobError::LeaseLost(_))), Ok(())) => {}
            (late, next) => panic!("{late:?} {next:?}"),
        }
    }

    assert_eq!(bench.number("select count(*) from shipments").await, JOBS);
    let done = "select count(*) from order_events where status = 'done'";
    assert_eq!(bench.number(done).await, JOBS);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_cancelled_or_worked_on_and_never_both() {
    const ORDERS: i64 = 40;
    let bench = Bench::start().await;
    let item = orders(&bench, ORDERS).await;
    let other = connect(&bench.settings).await.unwrap();

    let cancelling = tokio::spawn(cancel_all(bench.store.clone(), ORDERS));
    let working = tokio::spawn(async move {
        let mut taken = BTreeSet::new();
        for _ in 0..ORDERS {
            taken.extend(lease(&other, 1).await.iter().map(|lease| lease.order));
        }
        taken
    });
    let (cancelled, taken) = join(cancelling, working).await;
    let (cancelled, taken) = (cancelled.unwrap(), taken.unwrap());

    assert!(cancelled.is_disjoint(&taken));
    assert_eq!(cancelled.len() + taken.len(), 40);
    let back = i64::try_from(cancelled.len()).unwrap();
    assert_eq!(bench.stock(item).await, back);
}

/// Cancels from the newest on, towards the worker, and says which orders it got.
async fn cancel_all(store: Store, orders: i64) -> BTreeSet<OrderId> {
    let mut cancelled = BTreeSet::new();
    for number in (1..=orders).rev() {
        let order = OrderId::parse(number).unwrap();
        match store.cancel_order(order).await {
            Ok(()) => {
                cancelled.insert(order);
            }
            Err(CancelError::NotPending(status)) => assert_eq!(status, OrderStatus::Processing),
            Err(other) => panic!("{other}"),
        }
    }
    cancelled
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_revived_by_one_of_many() {
    let bench = Bench::start().await;
    let item = orders(&bench, 5).await;
    let dead = lease_one(&bench.store).await;
    bench.store.bury_job(&dead, "broken").await.unwrap();

    let revivals = (0..8).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.revive_job(dead.job).await })
    });
    let revived = join_all(revivals).await.into_iter().map(Result::unwrap);

    assert_eq!(revived.filter(Result::is_ok).count(), 1);
    assert_eq!(bench.stock(item).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_job_is_buried_by_one_of_many() {
    let bench = Bench::start().await;
    let item = orders(&bench, 3).await;
    for _ in 0..3 {
        bench.store.lease_jobs(3, NOTHING, 1).await.unwrap();
    }

    let workers = (0..8).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.lease_jobs(3, LASTS, 1).await.unwrap() })
    });
    join_all(workers).await;

    assert_eq!(bench.stock(item).await, 3);
    let failed = "select count(*) from order_events where status = 'failed'";
    assert_eq!(bench.number(failed).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_dropped_anywhere_leave_whole_jobs() {
    let bench = Bench::start().await;
    let item = orders(&bench, 100).await;

    for micros in 0..200 {
        let work = async {
            let claimed = bench.store.lease_jobs(1, NOTHING, 1_000).await.unwrap();
            for lease in claimed.leases {
                let settled = match micros % 3 {
                    0 => bench.store.bury_job(&lease, "broken").await,
                    _ => bench.store.finish_job(&lease, "T1").await.map(drop),
                };
                settled.unwrap();
            }
        };
        let budget = Duration::from_micros(micros * 20);
        let _ = tokio::time::timeout(budget, work).await;
    }

    loop {
        let claimed = bench.store.lease_jobs(10, LASTS, 1_000).await.unwrap();
        if claimed.leases.is_empty() {
            break;
        }
        for lease in claimed.leases {
            bench.store.finish_job(&lease, "T1").await.unwrap();
        }
    }
    let count = async |sql: &str| bench.number(sql).await;
    let shipped = count("select count(*) from shipments").await;
    let failed = count("select count(*) from orders where status = 'failed'").await;
    assert_eq!(shipped + failed, 100);
    assert_eq!(bench.stock(item).await, failed);
    let whole = "select count(*) from jobs join orders on orders.id = order_id
                 where (state, status) in (values ('done', 'done'), ('dead', 'failed'))";
    assert_eq!(count(whole).await, 100);
}

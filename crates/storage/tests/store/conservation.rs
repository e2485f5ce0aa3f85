//! Whatever customers, workers and operators do, no piece appears or disappears, and no order is shipped twice.

use std::time::{Duration, SystemTime};

use domain::{JobId, OrderId, OrderStatus};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest,
};
use proptest::test_runner::TestCaseError;
use storage::{CancelError, JobError, Lease, PlaceError, ReviveError};

use crate::bench::{Bench, run};
use crate::events::legal;

const ITEMS: i64 = 4;
const STOCK: i64 = 30;
const ATTEMPTS: u32 = 3;

#[derive(Clone, Debug)]
enum Step {
    Place(Vec<(i64, i64)>),
    Cancel(usize),
    Drop(Vec<(i64, i64)>, u64),
    Lease(u32, Duration),
    Finish(usize),
    Retry(usize),
    Bury(usize),
    Revive(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Item 5 does not exist.
    let lines = || {
        btree_map(1..=ITEMS + 1, 1i64..12, 1..4)
            .prop_map(|lines| lines.into_iter().collect::<Vec<_>>())
    };
    let lines = move || {
        (lines(), any::<bool>()).prop_map(|(mut lines, reversed)| {
            if reversed {
                lines.reverse();
            }
            lines
        })
    };
    let step = prop_oneof![
        4 => lines().prop_map(Step::Place),
        2 => any::<usize>().prop_map(Step::Cancel),
        1 => (lines(), prop_oneof![Just(0), 1u64..2_000]).prop_map(|(lines, micros)| Step::Drop(lines, micros)),
        // Half of the leases have expired by the time they are there.
        4 => (1u32..4, any::<bool>()).prop_map(|(limit, lasts)| Step::Lease(limit, Duration::from_secs(u64::from(lasts) * 60))),
        2 => any::<usize>().prop_map(Step::Finish),
        1 => any::<usize>().prop_map(Step::Retry),
        1 => any::<usize>().prop_map(Step::Bury),
        2 => any::<usize>().prop_map(Step::Revive),
    ];
    vec(step, 1..50)
}

async fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let bench = Bench::start().await;
    for _ in 0..ITEMS {
        bench.item(STOCK).await;
    }
    let mut placed = Vec::<OrderId>::new();
    let mut leases = Vec::<Lease>::new();

    for step in steps {
        match step {
            Step::Place(lines) => {
                let stock = stock(&bench).await;
                let missing = lines.iter().any(|(item, _)| ITEMS < *item);
                let enough = lines.iter().all(|&(item, pieces)| {
                    stock
                        .get(item as usize - 1)
                        .is_none_or(|&stock| pieces <= stock)
                });
                match bench.place(&lines).await {
                    Ok(order) => {
                        prop_assert_eq!((missing, enough), (false, true));
                        placed.push(order.id);
                    }
                    Err(PlaceError::NoSuchItem(_)) => prop_assert_eq!(missing, true),
                    Err(PlaceError::OutOfStock(_)) => prop_assert_eq!(enough, false),
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                }
            }
            Step::Cancel(pick) if !placed.is_empty() => {
                let id = placed[pick % placed.len()];
                let before = bench.store.find_order(id).await.unwrap().unwrap().status;
                match bench.store.cancel_order(id).await {
                    Ok(()) => prop_assert_eq!(before, OrderStatus::Pending),
                    Err(CancelError::NotPending(status)) => {
                        prop_assert_eq!((before == OrderStatus::Pending, status), (false, before))
                    }
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                }
            }
            Step::Cancel(_) => {}
            Step::Drop(lines, micros) => {
                let order = bench.place(&lines);
                let _ = tokio::time::timeout(Duration::from_micros(micros), order).await;
                settled(&bench).await;
            }
            Step::Lease(limit, lasts) => {
                let claimed = bench.store.lease_jobs(limit, lasts, ATTEMPTS).await;
                leases.extend(claimed.unwrap().leases);
            }
            Step::Finish(pick) => settle(&bench, &leases, pick, Settle::Finish).await?,
            Step::Retry(pick) => settle(&bench, &leases, pick, Settle::Retry).await?,
            Step::Bury(pick) => settle(&bench, &leases, pick, Settle::Bury).await?,
            Step::Revive(pick) => revive(&bench, pick).await?,
        }
    }
    conserved(&bench).await?;
    consistent(&bench).await
}

/// A commit that was under way when its order was dropped takes effect after that:
/// what writes the same rows has to wait for it.
async fn settled(bench: &Bench) {
    run(&mut bench.foreign().await, "update items set stock = stock").await;
}

enum Settle {
    Finish,
    Retry,
    Bury,
}

/// What the worker with that lease says, which may be long over.
async fn settle(
    bench: &Bench,
    leases: &[Lease],
    pick: usize,
    how: Settle,
) -> Result<(), TestCaseError> {
    let Some(lease) = leases.get(pick % leases.len().max(1)) else {
        return Ok(());
    };
    let outcome = match how {
        Settle::Finish => bench.store.finish_job(lease, "T1").await.map(drop),
        Settle::Retry => {
            let now = SystemTime::now().into();
            bench.store.retry_job(lease, now, "busy").await
        }
        Settle::Bury => bench.store.bury_job(lease, "broken").await,
    };
    match outcome {
        Ok(()) | Err(JobError::LeaseLost(_)) => Ok(()),
        Err(other) => Err(TestCaseError::fail(other.to_string())),
    }
}

async fn revive(bench: &Bench, pick: usize) -> Result<(), TestCaseError> {
    let jobs = bench.number("select count(*) from jobs").await;
    let id = i64::try_from(pick % 50).unwrap() % jobs.max(1) + 1;
    match bench.store.revive_job(JobId::parse(id).unwrap()).await {
        Ok(())
        | Err(ReviveError::NoSuchJob(_) | ReviveError::NotDead(_) | ReviveError::OutOfStock(_)) => {
            Ok(())
        }
        Err(other) => Err(TestCaseError::fail(other.to_string())),
    }
}

async fn stock(bench: &Bench) -> Vec<i64> {
    let page = bench
        .store
        .list_items(domain::PageSize::default(), None)
        .await
        .unwrap();
    page.entries.iter().map(|item| item.stock.get()).collect()
}

async fn conserved(bench: &Bench) -> Result<(), TestCaseError> {
    for (item, left) in (1..).zip(stock(bench).await) {
        let sold = bench
            .number(format!(
                "select coalesce(sum(quantity), 0) from order_lines join orders on order_id = id
                 where item_id = {item} and status in ('pending', 'processing', 'done')"
            ))
            .await;
        prop_assert_eq!(left + sold, STOCK);
    }
    Ok(())
}

/// Order, job, parcel and events tell the same story.
async fn consistent(bench: &Bench) -> Result<(), TestCaseError> {
    let contradicting = "select count(*) from orders join jobs on order_id = orders.id
        where (status, state) not in (values ('pending', 'ready'), ('processing', 'ready'),
            ('processing', 'leased'), ('done', 'done'), ('failed', 'dead'), ('cancelled', 'cancelled'))";
    prop_assert_eq!(bench.number(contradicting).await, 0);
    let orders = bench.number("select count(*) from orders").await;
    prop_assert_eq!(bench.number("select count(*) from jobs").await, orders);
    let misshipped = "select count(*) from orders left join shipments on order_id = id
        where (status = 'done') <> (order_id is not null)";
    prop_assert_eq!(bench.number(misshipped).await, 0);

    let events = bench.store.events_after(0, 1_000).await.unwrap();
    legal(&events);
    let untold = "select count(*) from orders where status <> (select status from order_events
        where order_id = orders.id order by seq desc limit 1)";
    prop_assert_eq!(bench.number(untold).await, 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stock_and_sold_pieces_add_up(steps in steps()) {
        tokio::runtime::Runtime::new().unwrap().block_on(check(steps))?;
    }
}

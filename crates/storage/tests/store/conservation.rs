//! Whatever is ordered and cancelled, no piece appears or disappears.

use domain::{OrderId, OrderStatus};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest,
};
use proptest::test_runner::TestCaseError;
use storage::{CancelError, PlaceError};

use crate::bench::Bench;

const ITEMS: i64 = 4;
const STOCK: i64 = 30;

#[derive(Clone, Debug)]
enum Step {
    Place(Vec<(i64, i64)>),
    Cancel(usize),
    Drop(Vec<(i64, i64)>, u64),
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
    ];
    vec(step, 1..30)
}

async fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let bench = Bench::start().await;
    for _ in 0..ITEMS {
        bench.item(STOCK).await;
    }
    let mut placed = Vec::<OrderId>::new();

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
                        prop_assert_eq!((before, status), (OrderStatus::Cancelled, before))
                    }
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                }
            }
            Step::Cancel(_) => {}
            Step::Drop(lines, micros) => {
                let order = bench.place(&lines);
                let _ = tokio::time::timeout(std::time::Duration::from_micros(micros), order).await;
            }
        }
    }
    conserved(&bench).await
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
                 where item_id = {item} and status = 'pending'"
            ))
            .await;
        prop_assert_eq!(left + sold, STOCK);
    }
    let pending = "select count(*) from orders where status = 'pending'";
    let ready = "select count(*) from jobs where state = 'ready'";
    prop_assert_eq!(bench.number(pending).await, bench.number(ready).await);
    let steps = "select count(*) + count(*) filter (where status = 'cancelled') from orders";
    prop_assert_eq!(
        bench.number(steps).await,
        bench.number("select count(*) from order_events").await
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stock_and_sold_pieces_add_up(steps in steps()) {
        tokio::runtime::Runtime::new().unwrap().block_on(check(steps))?;
    }
}

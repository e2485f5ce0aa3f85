//! A reader who remembers the last number sees each event once, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{OrderEvent, OrderId, OrderStatus};
use futures_util::future::join_all;

use crate::bench::{Bench, place, run};
use crate::leases::{lease, lease_one};

#[tokio::test]
async fn an_orders_events_are_read_from_a_number_on() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let mine = lease_one(&bench.store).await;
    bench.store.finish_job(&mine, "T1").await.unwrap();
    let read = async |after, limit| {
        bench
            .store
            .order_events(order.id, after, limit)
            .await
            .unwrap()
    };

    let all = read(0, 10).await;

    let statuses: Vec<_> = all.iter().map(|event| event.status).collect();
    assert_eq!(
        statuses,
        [
            OrderStatus::Pending,
            OrderStatus::Processing,
            OrderStatus::Done
        ]
    );
    assert!(all.iter().all(|event| event.order == order.id));
    assert_eq!(read(0, 1).await, all[..1]);
    assert_eq!(read(all[0].seq, 10).await, all[1..]);
    assert_eq!(read(all[2].seq, 10).await, []);
}

#[tokio::test]
async fn a_refused_order_leaves_no_event() {
    let bench = Bench::start().await;
    let item = bench.item(1).await;

    bench.place(&[(item.id.get(), 2)]).await.unwrap_err();

    assert_eq!(bench.store.events_after(0, 10).await.unwrap(), []);
}

/// Reads as a subscriber does, until `wanted` events were seen.
async fn follow(bench: &Bench, wanted: usize) -> Vec<OrderEvent> {
    let mut seen: Vec<OrderEvent> = Vec::new();
    while seen.len() < wanted {
        let after = seen.last().map_or(0, |event| event.seq);
        seen.extend(bench.store.events_after(after, 7).await.unwrap());
        tokio::task::yield_now().await;
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_among_many_writers_sees_each_event_once_and_in_order() {
    const WRITERS: usize = 6;
    const ORDERS: usize = 20;
    let bench = Bench::start().await;
    let item = bench.item(1_000).await.id;

    let writers = (0..WRITERS).map(|number| {
        let store = bench.store.clone();
        tokio::spawn(async move {
            for _ in 0..ORDERS {
                let order = place(&store, &[(item.get(), 1)], None).await.unwrap();
                match number % 2 {
                    0 => store
                        .cancel_order(order.id)
                        .await
                        .map_err(drop)
                        .unwrap_or(()),
                    _ => {
                        for lease in lease(&store, 1).await {
                            store.finish_job(&lease, "T1").await.unwrap();
                        }
                    }
                }
            }
        })
    });
    let writing = async {
        for writer in join_all(writers).await {
            writer.unwrap();
        }
        bench.number("select count(*) from order_events").await
    };
    let reading = follow(&bench, WRITERS * ORDERS);
    let deadline = Duration::from_secs(60);
    let (written, mut seen) = tokio::time::timeout(deadline, async {
        futures_util::future::join(writing, reading).await
    })
    .await
    .unwrap();
    let last = seen.last().unwrap().seq;
    seen.extend(bench.store.events_after(last, 1_000).await.unwrap());

    assert_eq!(seen.len(), usize::try_from(written).unwrap());
    assert!(seen.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    legal(&seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_appears_behind_one_that_was_seen() {
    let bench = Bench::start().await;
    let item = bench.item(9).await.id;
    let first = bench.place(&[(item.get(), 1)]).await.unwrap().id;
    let seen = bench.store.events_after(0, 10).await.unwrap()[0].seq;
    let mut foreign = bench.foreign().await;
    let late = "insert into order_events (order_id, status, at) values (1, 'processing', 0)";
    run(&mut foreign, "begin").await;
    run(&mut foreign, late).await;

    let store = bench.store.clone();
    let other = tokio::spawn(async move { place(&store, &[(item.get(), 1)], None).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let meanwhile = bench.store.events_after(seen, 10).await.unwrap();
    run(&mut foreign, "commit").await;
    let second = other.await.unwrap().unwrap().id;
    let then = bench.store.events_after(seen, 10).await.unwrap();

    assert_eq!(meanwhile, []);
    let orders: Vec<_> = then.iter().map(|event| event.order).collect();
    assert_eq!(orders, [first, second]);
}

/// Each order's events are steps that an order may take, from `pending` on.
pub(crate) fn legal(events: &[OrderEvent]) {
    let mut orders: BTreeMap<OrderId, OrderStatus> = BTreeMap::new();
    for event in events {
        match orders.insert(event.order, event.status) {
            None => assert_eq!(event.status, OrderStatus::Pending, "{event:?}"),
            Some(before) => assert!(before.becoming(event.status).is_ok(), "{event:?}"),
        }
    }
}

use domain::{OrderId, OrderStatus, PageSize};
use sqlx::Row;
use storage::{CancelError, PlaceError};

use crate::bench::{Bench, job, pen, run};

#[tokio::test]
async fn an_order_takes_stock_and_leaves_a_job_and_an_event() {
    let bench = Bench::start().await;
    let (first, second) = (bench.item(5).await, bench.item(9).await);

    let order = bench
        .place(&[(second.id.get(), 4), (first.id.get(), 1)])
        .await
        .unwrap();

    assert_eq!(order.status, OrderStatus::Pending);
    assert_eq!(order.total.get(), 5 * 250 + order.quote.shipping.get());
    let items: Vec<_> = order.lines.iter().map(|priced| priced.line.item).collect();
    assert_eq!(items, [second.id, first.id]);
    assert_eq!(
        (bench.stock(first.id).await, bench.stock(second.id).await),
        (4, 5)
    );
    let job = bench.row("select state, attempts, payload from jobs").await;
    assert_eq!(
        (job.get::<String, _>(0).as_str(), job.get::<i64, _>(1)),
        ("ready", 0)
    );
    assert_eq!(job.get::<String, _>(2), crate::bench::job(order.id));
    let event = bench.row("select order_id, status from order_events").await;
    assert_eq!(
        (event.get::<i64, _>(0), event.get::<String, _>(1).as_str()),
        (order.id.get(), "pending")
    );
    assert_eq!(bench.store.find_order(order.id).await.unwrap(), Some(order));
}

#[tokio::test]
async fn an_order_keeps_the_price_of_its_day() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();

    bench
        .store
        .replace_item(item.id, pen(9_999, 5))
        .await
        .unwrap();

    let found = bench.store.find_order(order.id).await.unwrap().unwrap();
    assert_eq!(found.lines[0].unit_price.cents().get(), 250);
}

#[tokio::test]
async fn an_order_that_cannot_be_filled_changes_nothing() {
    let bench = Bench::start().await;
    let (plenty, scarce) = (bench.item(5).await, bench.item(1).await);
    let lines = |last: i64, pieces: i64| [(plenty.id.get(), 2), (last, pieces)];

    let short = bench.place(&lines(scarce.id.get(), 2)).await.unwrap_err();
    let unknown = bench.place(&lines(99, 1)).await.unwrap_err();

    assert!(
        matches!(short, PlaceError::OutOfStock(item) if item == scarce.id),
        "{short}"
    );
    assert_eq!(short.to_string(), "item 2 is out of stock");
    assert!(
        matches!(unknown, PlaceError::NoSuchItem(item) if item.get() == 99),
        "{unknown}"
    );
    assert_eq!(
        (bench.stock(plenty.id).await, bench.stock(scarce.id).await),
        (5, 1)
    );
    for table in ["orders", "order_lines", "jobs", "order_events"] {
        assert_eq!(
            bench.number(format!("select count(*) from {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_withdrawn_item_cannot_be_ordered() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    bench.store.remove_item(item.id).await.unwrap();

    let refusal = bench.place(&[(item.id.get(), 1)]).await.unwrap_err();

    assert!(matches!(refusal, PlaceError::NoSuchItem(_)), "{refusal}");
}

#[tokio::test]
async fn a_cancelled_order_gives_back_what_it_took() {
    let bench = Bench::start().await;
    let (first, second) = (bench.item(5).await, bench.item(9).await);
    let order = bench
        .place(&[(first.id.get(), 5), (second.id.get(), 1)])
        .await
        .unwrap();

    bench.store.cancel_order(order.id).await.unwrap();

    assert_eq!(
        (bench.stock(first.id).await, bench.stock(second.id).await),
        (5, 9)
    );
    let found = bench.store.find_order(order.id).await.unwrap().unwrap();
    assert_eq!(found.status, OrderStatus::Cancelled);
    assert_eq!(found.lines, order.lines);
    assert_eq!(
        bench
            .number("select count(*) from jobs where state = 'cancelled'")
            .await,
        1
    );
    let events = bench
        .row("select string_agg(status, ',' order by seq) from order_events")
        .await;
    assert_eq!(events.get::<String, _>(0), "pending,cancelled");
}

#[tokio::test]
async fn stock_never_passes_its_bound_when_an_order_comes_back_to_a_full_shelf() {
    let bench = Bench::start().await;
    let item = bench.item(10).await;
    let order = bench.place(&[(item.id.get(), 10)]).await.unwrap();
    bench
        .store
        .replace_item(item.id, pen(250, 999_995))
        .await
        .unwrap();

    bench.store.cancel_order(order.id).await.unwrap();

    assert_eq!(bench.stock(item.id).await, 1_000_000);
}

#[tokio::test]
async fn only_a_pending_order_can_be_cancelled() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();
    run(
        &mut bench.foreign().await,
        "update orders set status = 'processing'",
    )
    .await;

    let refusal = bench.store.cancel_order(order.id).await.unwrap_err();
    let unknown = bench
        .store
        .cancel_order(OrderId::parse(99).unwrap())
        .await
        .unwrap_err();

    assert!(
        matches!(refusal, CancelError::NotPending(OrderStatus::Processing)),
        "{refusal}"
    );
    assert!(matches!(unknown, CancelError::NoSuchOrder(_)), "{unknown}");
    assert_eq!(bench.stock(item.id).await, 4);
    assert_eq!(bench.number("select count(*) from order_events").await, 1);
}

#[tokio::test]
async fn an_order_is_cancelled_once() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();
    bench.store.cancel_order(order.id).await.unwrap();

    let again = bench.store.cancel_order(order.id).await.unwrap_err();

    assert!(
        matches!(again, CancelError::NotPending(OrderStatus::Cancelled)),
        "{again}"
    );
    assert_eq!(bench.stock(item.id).await, 5);
}

#[tokio::test]
async fn pages_show_the_newest_orders_first_with_all_their_lines() {
    let bench = Bench::start().await;
    let (first, second) = (bench.item(50).await.id.get(), bench.item(50).await.id.get());
    for pieces in 1..=5 {
        bench.place(&[(second, pieces), (first, 1)]).await.unwrap();
    }
    let size = PageSize::parse(2).unwrap();

    let newest = bench.store.list_orders(size, None).await.unwrap();
    let middle = bench.store.list_orders(size, newest.next).await.unwrap();
    let oldest = bench.store.list_orders(size, middle.next).await.unwrap();

    let ids: Vec<_> = [newest.entries, middle.entries, oldest.entries.clone()].concat();
    let ids: Vec<_> = ids
        .iter()
        .map(|order| (order.id.get(), order.lines.len()))
        .collect();
    assert_eq!(ids, [(5, 2), (4, 2), (3, 2), (2, 2), (1, 2)]);
    assert_eq!(oldest.next, None);
    assert_eq!(
        bench
            .store
            .find_order(OrderId::parse(1).unwrap())
            .await
            .unwrap()
            .as_ref(),
        oldest.entries.first()
    );
}

#[tokio::test]
async fn the_largest_order_is_accepted() {
    let bench = Bench::start().await;
    let mut lines = Vec::new();
    for _ in 0..50 {
        let dear = bench
            .store
            .create_item(&pen(100_000_000, 1_000))
            .await
            .unwrap();
        lines.push((dear.id.get(), 1_000));
    }

    let order = bench.place(&lines).await.unwrap();

    assert_eq!(
        order.total.get(),
        50 * 1_000 * 100_000_000 + order.quote.shipping.get()
    );
    assert_eq!(bench.store.find_order(order.id).await.unwrap(), Some(order));
}

#[tokio::test]
async fn a_price_beyond_counting_refuses_the_order() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = domain::NewOrder::parse(&[(item.id.get(), 1)]).unwrap();
    let shipping = domain::Cents::parse("shipping_cents", i64::MAX).unwrap();
    let quote = domain::Quote {
        shipping,
        ..domain::Quote::flat_rate(&order).unwrap()
    };
    let placement = storage::Placement {
        order: &order,
        quote,
        job: &job,
    };

    let refusal = bench
        .store
        .place_order(placement, None, crate::bench::created)
        .await
        .unwrap_err();

    assert!(
        matches!(&refusal, PlaceError::Rejected(rejection) if rejection.field == "lines"),
        "{refusal}"
    );
    assert_eq!(bench.stock(item.id).await, 5);
}

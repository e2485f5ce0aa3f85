use domain::{Item, ItemChange, ItemId, ItemName, PageSize, Stock};

use crate::bench::{Bench, pen};

fn id(number: i64) -> ItemId {
    ItemId::parse(number).unwrap()
}

#[tokio::test]
async fn a_created_item_is_found_as_it_was_returned() {
    let bench = Bench::start().await;

    let created = bench.store.create_item(&pen(250, 7)).await.unwrap();

    assert_eq!((created.price.cents().get(), created.stock.get()), (250, 7));
    assert_eq!(created.created_at, created.updated_at);
    assert_eq!(
        bench.store.find_item(created.id).await.unwrap(),
        Some(created)
    );
    assert_eq!(bench.store.find_item(id(99)).await.unwrap(), None);
}

#[tokio::test]
async fn names_are_kept_letter_by_letter() {
    let bench = Bench::start().await;
    let hostile = format!("  '); drop table items; -- {}", "🖊é".repeat(80));
    let name = ItemName::parse(hostile.clone()).unwrap();

    let created = bench
        .store
        .create_item(&domain::NewItem { name, ..pen(1, 1) })
        .await
        .unwrap();

    let found = bench.store.find_item(created.id).await.unwrap().unwrap();
    assert_eq!(found.name.as_str(), hostile);
}

#[tokio::test]
async fn the_longest_name_fits_into_its_column() {
    let bench = Bench::start().await;
    let name = ItemName::parse("𝄞".repeat(ItemName::MAX_CHARS)).unwrap();

    assert!(
        bench
            .store
            .create_item(&domain::NewItem { name, ..pen(1, 1) })
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_replaced_item_keeps_its_number_and_first_day_only() {
    let bench = Bench::start().await;
    let before = bench.item(7).await;

    let after = bench
        .store
        .replace_item(before.id, pen(99, 0))
        .await
        .unwrap()
        .unwrap();

    assert_eq!((after.id, after.created_at), (before.id, before.created_at));
    assert_eq!((after.price.cents().get(), after.stock.get()), (99, 0));
    assert_eq!(bench.store.find_item(before.id).await.unwrap(), Some(after));
    assert_eq!(
        bench.store.replace_item(id(99), pen(1, 1)).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_change_leaves_absent_parts_alone() {
    let bench = Bench::start().await;
    let before = bench.item(7).await;
    let change = ItemChange {
        stock: Some(Stock::parse(3).unwrap()),
        ..ItemChange::default()
    };

    let after = bench
        .store
        .change_item(before.id, &change)
        .await
        .unwrap()
        .unwrap();

    assert_eq!(after.stock.get(), 3);
    assert_eq!((&after.name, after.price), (&before.name, before.price));
    assert_eq!(
        bench.store.change_item(id(99), &change).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn pages_show_each_item_once_and_in_order() {
    let bench = Bench::start().await;
    for stock in 0..7 {
        bench.item(stock).await;
    }
    bench.store.remove_item(id(4)).await.unwrap();
    let size = PageSize::parse(3).unwrap();

    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut after = None;
    loop {
        let page = bench.store.list_items(size, after).await.unwrap();
        sizes.push(page.entries.len());
        seen.extend(page.entries.iter().map(|item: &Item| item.id.get()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    assert_eq!(seen, [1, 2, 3, 5, 6, 7]);
    assert_eq!(sizes, [3, 3]);
}

#[tokio::test]
async fn an_item_that_nobody_ordered_is_deleted() {
    let bench = Bench::start().await;
    let item = bench.item(1).await;

    assert!(bench.store.remove_item(item.id).await.unwrap());

    assert_eq!(bench.number("select count(*) from items").await, 0);
    assert!(!bench.store.remove_item(item.id).await.unwrap());
    assert_ne!(bench.item(1).await.id, item.id);
}

#[tokio::test]
async fn an_ordered_item_disappears_but_its_order_stays() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 2)]).await.unwrap();

    assert!(bench.store.remove_item(item.id).await.unwrap());

    assert_eq!(bench.store.find_item(item.id).await.unwrap(), None);
    assert!(
        bench
            .store
            .list_items(PageSize::default(), None)
            .await
            .unwrap()
            .entries
            .is_empty()
    );
    assert_eq!(
        bench.store.replace_item(item.id, pen(1, 1)).await.unwrap(),
        None
    );
    assert!(!bench.store.remove_item(item.id).await.unwrap());
    assert_eq!(
        bench.store.find_order(order.id).await.unwrap(),
        Some(order.clone())
    );
    bench.store.cancel_order(order.id).await.unwrap();
    assert_eq!(bench.number("select stock from items").await, 5);
}

//! What becomes of a job, and of the order it brings on its way.

use std::time::{Duration, SystemTime};

use domain::{ItemId, JobId, JobState, OrderId, OrderStatus, PageSize, Timestamp};
use storage::{Error, JobError, Lease, ReviveError};

use crate::bench::{Bench, pen, run};
use crate::leases::{ATTEMPTS, LASTS, lease, lease_and_die, lease_one, state, status};

/// A store with one item, and one order for two of its five pieces whose job is leased.
async fn leased() -> (Bench, ItemId, Lease) {
    let bench = Bench::start().await;
    let item = bench.item(5).await.id;
    bench.place(&[(item.get(), 2)]).await.unwrap();
    let lease = lease_one(&bench.store).await;
    (bench, item, lease)
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

async fn statuses(bench: &Bench, order: OrderId) -> Vec<&'static str> {
    let events = bench.store.order_events(order, 0, 100).await.unwrap();
    events.iter().map(|event| event.status.as_str()).collect()
}

#[tokio::test]
async fn a_finished_job_leaves_one_parcel_and_an_order_that_is_done() {
    let (bench, item, lease) = leased().await;

    let shipment = bench.store.finish_job(&lease, "QT-1").await.unwrap();

    assert_eq!((shipment.order, shipment.attempt), (lease.order, 1));
    assert_eq!(status(&bench, &lease).await, OrderStatus::Done);
    assert_eq!(state(&bench.store).await, JobState::Done);
    assert_eq!(
        statuses(&bench, lease.order).await,
        ["pending", "processing", "done"]
    );
    let parcels = "select count(*) from shipments where order_id = 1 and tracking = 'QT-1'";
    assert_eq!(bench.number(parcels).await, 1);
    assert_eq!(bench.stock(item).await, 3);
}

#[tokio::test]
async fn finishing_again_after_a_lost_answer_returns_the_same_parcel() {
    let (bench, _, lease) = leased().await;
    let first = bench.store.finish_job(&lease, "QT-1").await.unwrap();

    let again = bench.store.finish_job(&lease, "QT-2").await.unwrap();

    assert_eq!(again, first);
    assert_eq!(bench.number("select count(*) from shipments").await, 1);
}

#[tokio::test]
async fn a_malformed_name_of_a_parcel_is_refused() {
    let (bench, _, lease) = leased().await;

    let refusal = bench.store.finish_job(&lease, "QT 1").await.unwrap_err();

    assert!(
        matches!(&refusal, JobError::Rejected(rejection) if rejection.field == "tracking"),
        "{refusal}"
    );
    assert_eq!(status(&bench, &lease).await, OrderStatus::Processing);
}

#[tokio::test]
async fn a_job_that_is_tried_again_waits_for_its_moment() {
    let (bench, _, first) = leased().await;
    let store = &bench.store;
    store
        .retry_job(&first, now() + Duration::from_hours(1), "carrier\nis down")
        .await
        .unwrap();
    assert_eq!(lease(store, 1).await, []);

    let later = "update jobs set run_at = run_at - 3600000";
    run(&mut bench.foreign().await, later).await;
    let second = lease_one(store).await;

    assert_eq!((second.job, second.attempt), (first.job, 2));
    assert_eq!(
        statuses(&bench, first.order).await,
        ["pending", "processing"]
    );
    let jobs = store.list_jobs(None, PageSize::default(), None).await;
    let reason = jobs.unwrap().entries.remove(0).last_error;
    assert_eq!(reason.as_deref(), Some("carrier is down"));
}

#[tokio::test]
async fn an_order_that_was_tried_can_no_longer_be_cancelled() {
    let (bench, item, lease) = leased().await;
    let order = lease.order;
    bench.store.retry_job(&lease, now(), "busy").await.unwrap();

    let refusal = bench.store.cancel_order(order).await.unwrap_err();

    assert_eq!(
        refusal.to_string(),
        "an order that is processing cannot be cancelled"
    );
    assert_eq!(bench.stock(item).await, 3);
    assert_eq!(lease_one(&bench.store).await.order, order);
}

#[tokio::test]
async fn the_job_decides_whether_its_order_can_be_cancelled() {
    let (bench, item, lease) = leased().await;
    let foreign = "update orders set status = 'pending'";
    run(&mut bench.foreign().await, foreign).await;

    bench.store.cancel_order(lease.order).await.unwrap_err();

    assert_eq!(state(&bench.store).await, JobState::Leased);
    assert_eq!(bench.stock(item).await, 3);
}

#[tokio::test]
async fn a_cancelled_order_is_worked_on_by_nobody() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();

    bench.store.cancel_order(order.id).await.unwrap();

    assert_eq!(lease(&bench.store, 1).await, []);
    assert_eq!(state(&bench.store).await, JobState::Cancelled);
}

#[tokio::test]
async fn a_buried_job_fails_its_order_and_gives_the_stock_back() {
    let (bench, item, lease) = leased().await;

    let reason = "x".repeat(5_000);
    bench.store.bury_job(&lease, &reason).await.unwrap();

    assert_eq!(status(&bench, &lease).await, OrderStatus::Failed);
    assert_eq!(bench.stock(item).await, 5);
    assert_eq!(
        statuses(&bench, lease.order).await,
        ["pending", "processing", "failed"]
    );
    let dead = bench
        .store
        .list_jobs(Some(JobState::Dead), PageSize::default(), None)
        .await
        .unwrap();
    let kept = dead.entries[0].last_error.as_deref().unwrap();
    assert_eq!(kept.len(), 1_000);
    assert!(dead.entries[0].ended_at.is_some());
}

#[tokio::test]
async fn a_revived_job_starts_anew_with_its_stock() {
    let (bench, item, before) = leased().await;
    bench.store.bury_job(&before, "broken").await.unwrap();

    bench.store.revive_job(before.job).await.unwrap();

    assert_eq!(status(&bench, &before).await, OrderStatus::Pending);
    assert_eq!(bench.stock(item).await, 3);
    let after = lease_one(&bench.store).await;
    assert_eq!((after.job, after.attempt), (before.job, 1));
    assert!(before.fence < after.fence);
    let late = bench.store.finish_job(&before, "OLD").await.unwrap_err();
    assert!(matches!(late, JobError::LeaseLost(_)), "{late}");
    bench.store.finish_job(&after, "NEW").await.unwrap();
    assert_eq!(
        statuses(&bench, before.order).await,
        [
            "pending",
            "processing",
            "failed",
            "pending",
            "processing",
            "done"
        ]
    );
}

#[tokio::test]
async fn a_revived_order_can_be_cancelled() {
    let (bench, item, lease) = leased().await;
    bench.store.bury_job(&lease, "broken").await.unwrap();
    bench.store.revive_job(lease.job).await.unwrap();

    bench.store.cancel_order(lease.order).await.unwrap();

    assert_eq!(bench.stock(item).await, 5);
    assert_eq!(state(&bench.store).await, JobState::Cancelled);
}

#[tokio::test]
async fn a_job_whose_pieces_were_sold_meanwhile_stays_dead() {
    let (bench, item, lease) = leased().await;
    bench.store.bury_job(&lease, "broken").await.unwrap();
    bench.store.replace_item(item, pen(250, 1)).await.unwrap();

    let short = bench.store.revive_job(lease.job).await.unwrap_err();
    bench.store.remove_item(item).await.unwrap();
    let gone = bench.store.revive_job(lease.job).await.unwrap_err();

    assert!(
        matches!(short, ReviveError::OutOfStock(missing) if missing == item),
        "{short}"
    );
    assert!(matches!(gone, ReviveError::NoSuchItem(_)), "{gone}");
    assert_eq!(status(&bench, &lease).await, OrderStatus::Failed);
    assert_eq!(state(&bench.store).await, JobState::Dead);
}

#[tokio::test]
async fn only_a_dead_job_is_revived() {
    let (bench, item, lease) = leased().await;

    let alive = bench.store.revive_job(lease.job).await.unwrap_err();
    let unknown = JobId::parse(99).unwrap();
    let unknown = bench.store.revive_job(unknown).await.unwrap_err();

    assert_eq!(
        (alive.to_string(), unknown.to_string()),
        (
            "a job that is leased cannot be revived".to_owned(),
            "job 99 not found".to_owned()
        )
    );
    assert_eq!(bench.stock(item).await, 3);
}

#[tokio::test]
async fn a_job_whose_order_ended_by_a_foreign_hand_ships_nothing_and_can_be_buried() {
    let (bench, item, lease) = leased().await;
    let foreign = "update orders set status = 'cancelled'";
    run(&mut bench.foreign().await, foreign).await;

    let refusal = bench.store.finish_job(&lease, "T1").await.unwrap_err();

    assert!(
        matches!(
            refusal,
            JobError::Store(Error::Row {
                table: "orders",
                ..
            })
        ),
        "{refusal}"
    );
    assert_eq!(bench.number("select count(*) from shipments").await, 0);
    bench.store.bury_job(&lease, "poison").await.unwrap();
    assert_eq!(status(&bench, &lease).await, OrderStatus::Cancelled);
    assert_eq!(bench.stock(item).await, 3);
}

#[tokio::test]
async fn jobs_are_listed_by_state_newest_first() {
    let bench = Bench::start().await;
    let item = bench.item(9).await;
    for _ in 0..5 {
        bench.place(&[(item.id.get(), 1)]).await.unwrap();
    }
    let leased = lease(&bench.store, 2).await;
    let size = PageSize::parse(2).unwrap();
    let list = async |state, after| bench.store.list_jobs(state, size, after).await.unwrap();

    let all = list(None, None).await;
    let ready = list(Some(JobState::Ready), None).await;
    let rest = list(Some(JobState::Ready), ready.next).await;
    let held = list(Some(JobState::Leased), None).await;

    let ids = |page: &domain::Page<storage::JobRecord, JobId>| -> Vec<i64> {
        page.entries.iter().map(|job| job.id.get()).collect()
    };
    assert_eq!(ids(&all), [5, 4]);
    assert_eq!((ids(&ready), ids(&rest)), (vec![5, 4], vec![3]));
    assert_eq!((ids(&held), rest.next), (vec![2, 1], None));
    assert_eq!(held.entries[0].attempts, 1);
    assert!(held.entries[0].leased_until > Some(leased[0].due_at));
}

#[tokio::test]
async fn the_queue_knows_its_depth_and_age() {
    let bench = Bench::start().await;
    let item = bench.item(9).await;
    let empty = bench.store.queue().await.unwrap();
    assert_eq!((empty.ready, empty.oldest_due), (0, None));
    for _ in 0..4 {
        bench.place(&[(item.id.get(), 1)]).await.unwrap();
    }
    let dead = lease_one(&bench.store).await;
    bench.store.bury_job(&dead, "broken").await.unwrap();
    lease_one(&bench.store).await;
    let late = "update jobs set run_at = run_at - 5000 where id = 3";
    run(&mut bench.foreign().await, late).await;

    let state = bench.store.queue().await.unwrap();

    assert_eq!((state.ready, state.leased, state.dead), (2, 1, 1));
    let age = state.oldest_age();
    assert!((5_000..60_000).contains(&age.as_millis()), "{age:?}");
}

#[tokio::test]
async fn a_job_whose_lease_expired_is_due_since_then() {
    let (bench, _, lease) = leased().await;
    bench
        .store
        .renew_lease(&lease, Duration::ZERO)
        .await
        .unwrap();

    let state = bench.store.queue().await.unwrap();

    let due = state.oldest_due.unwrap();
    assert!(lease.due_at <= due && due <= state.at, "{state:?}");
    let again = bench.store.lease_jobs(1, LASTS, ATTEMPTS).await.unwrap();
    assert_eq!(again.leases[0].due_at, due);
    assert_eq!(again.leases[0].created_at, lease.created_at);
}

#[tokio::test]
async fn an_attempt_that_nobody_ended_counts() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    lease_and_die(&bench.store).await;
    let second = lease_one(&bench.store).await;
    bench.store.retry_job(&second, now(), "busy").await.unwrap();

    assert_eq!(lease_one(&bench.store).await.attempt, 3);
}

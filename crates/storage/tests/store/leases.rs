//! A job has one worker at a time, and what an earlier one still says about it changes nothing.

use std::time::Duration;

use domain::{JobState, OrderStatus, PageSize, Timestamp};
use storage::{JobError, Lease, Store};

use crate::bench::{Bench, connect, run};

pub(crate) const LASTS: Duration = Duration::from_secs(60);
pub(crate) const ATTEMPTS: u32 = 3;

/// A lease that has expired by the time it is there.
pub(crate) const NOTHING: Duration = Duration::ZERO;

pub(crate) async fn lease(store: &Store, limit: u32) -> Vec<Lease> {
    let claimed = store.lease_jobs(limit, LASTS, ATTEMPTS).await.unwrap();
    assert_eq!(claimed.buried, []);
    claimed.leases
}

pub(crate) async fn lease_one(store: &Store) -> Lease {
    let mut leases = lease(store, 1).await;
    leases.pop().expect("a due job")
}

/// A lease whose worker died.
pub(crate) async fn lease_and_die(store: &Store) -> Lease {
    let claimed = store.lease_jobs(1, NOTHING, ATTEMPTS).await.unwrap();
    claimed.leases.into_iter().next().expect("a due job")
}

pub(crate) async fn status(bench: &Bench, lease: &Lease) -> OrderStatus {
    let order = bench.store.find_order(lease.order).await.unwrap();
    order.unwrap().status
}

pub(crate) async fn state(store: &Store) -> JobState {
    let jobs = store.list_jobs(None, PageSize::default(), None).await;
    jobs.unwrap().entries[0].state
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

#[tokio::test]
async fn a_leased_job_is_nobody_elses() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();

    let mine = lease_one(&bench.store).await;

    assert_eq!((mine.attempt, mine.payload.as_str()), (1, "ship 1"));
    assert_eq!(lease(&bench.store, 10).await, []);
    assert_eq!(status(&bench, &mine).await, OrderStatus::Processing);
}

#[tokio::test]
async fn workers_get_the_longest_due_first_and_no_more_than_they_ask_for() {
    let bench = Bench::start().await;
    let item = bench.item(9).await;
    for _ in 0..5 {
        bench.place(&[(item.id.get(), 1)]).await.unwrap();
    }
    let backwards = "update jobs set run_at = run_at - id * 1000";
    run(&mut bench.foreign().await, backwards).await;

    let first = lease(&bench.store, 3).await;
    let rest = lease(&bench.store, 3).await;

    let orders =
        |leases: &[Lease]| -> Vec<i64> { leases.iter().map(|lease| lease.order.get()).collect() };
    assert_eq!((orders(&first), orders(&rest)), (vec![5, 4, 3], vec![2, 1]));
    assert_eq!(lease(&bench.store, 0).await, []);
}

#[tokio::test]
async fn a_dead_workers_job_is_taken_over_once_its_lease_expired() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let dead = lease_and_die(&bench.store).await;
    bench.store.close().await;

    let other = connect(&bench.settings).await.unwrap();
    let taken = lease_one(&other).await;

    assert_eq!((taken.job, taken.attempt), (dead.job, 2));
    assert!(dead.fence < taken.fence);
    assert!(dead.due_at <= taken.due_at, "{dead:?} {taken:?}");
    other.finish_job(&taken, "T1").await.unwrap();
    assert_eq!(state(&other).await, JobState::Done);
}

#[tokio::test]
async fn who_lost_the_lease_changes_nothing() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let old = lease_and_die(&bench.store).await;
    let new = lease_one(&bench.store).await;
    let store = &bench.store;

    let refusals = [
        store.finish_job(&old, "OLD").await.map(drop),
        store.retry_job(&old, now(), "late").await,
        store.bury_job(&old, "late").await,
    ];

    for refusal in refusals {
        assert!(
            matches!(refusal, Err(JobError::LeaseLost(job)) if job == old.job),
            "{refusal:?}"
        );
    }
    assert!(!store.renew_lease(&old, LASTS).await.unwrap());
    assert_eq!(status(&bench, &new).await, OrderStatus::Processing);
    assert_eq!(bench.stock(item.id).await, 4);
    let shipment = store.finish_job(&new, "NEW").await.unwrap();
    assert_eq!((shipment.tracking.as_str(), shipment.attempt), ("NEW", 2));
}

#[tokio::test]
async fn who_lost_the_lease_stays_out_after_the_job_was_done() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let old = lease_and_die(&bench.store).await;
    let new = lease_one(&bench.store).await;
    bench.store.finish_job(&new, "NEW").await.unwrap();

    let late = bench.store.finish_job(&old, "OLD").await.unwrap_err();

    assert_eq!(late.to_string(), "the lease of job 1 was lost");
    assert_eq!(bench.number("select count(*) from shipments").await, 1);
}

#[tokio::test]
async fn a_worker_that_is_slow_but_alone_may_still_finish() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let slow = lease_and_die(&bench.store).await;

    bench.store.finish_job(&slow, "T1").await.unwrap();

    assert_eq!(lease(&bench.store, 1).await, []);
}

#[tokio::test]
async fn a_renewed_lease_is_not_taken_over() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let mine = lease_and_die(&bench.store).await;

    assert!(bench.store.renew_lease(&mine, LASTS).await.unwrap());

    assert_eq!(lease(&bench.store, 1).await, []);
    bench.store.finish_job(&mine, "T1").await.unwrap();
    assert!(!bench.store.renew_lease(&mine, LASTS).await.unwrap());
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_buried_and_holds_nobody_up() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 2)]).await.unwrap();
    for attempt in 1..=ATTEMPTS {
        assert_eq!(lease_and_die(&bench.store).await.attempt, attempt);
    }
    bench.place(&[(item.id.get(), 1)]).await.unwrap();

    let claimed = bench.store.lease_jobs(1, LASTS, ATTEMPTS).await.unwrap();

    let orders: Vec<_> = claimed
        .leases
        .iter()
        .map(|lease| lease.order.get())
        .collect();
    assert_eq!(orders, [2]);
    let [letter] = claimed.buried.as_slice() else {
        panic!("not one dead letter but {:?}", claimed.buried)
    };
    assert_eq!((letter.order.get(), letter.attempts), (1, 3));
    assert_eq!(letter.reason, "nobody ended attempt 3 before its lease did");
    let failed = bench.store.find_order(letter.order).await.unwrap().unwrap();
    assert_eq!(failed.status, OrderStatus::Failed);
    assert_eq!(bench.stock(item.id).await, 4);
}

#[tokio::test]
async fn a_job_without_attempts_left_is_leased_to_nobody() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    for _ in 0..2 {
        bench.place(&[(item.id.get(), 1)]).await.unwrap();
    }
    bench.store.lease_jobs(2, NOTHING, 1).await.unwrap();

    let first = bench.store.lease_jobs(1, LASTS, 1).await.unwrap();
    let second = bench.store.lease_jobs(1, LASTS, 1).await.unwrap();

    assert_eq!((first.leases, second.leases), (vec![], vec![]));
    assert_eq!((first.buried.len(), second.buried.len()), (1, 1));
    assert_eq!(bench.stock(item.id).await, 5);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_hands_jobs_over_and_ships_once() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let before = lease_one(&bench.store).await;
    // The clock gains an hour: the lease lies in its past.
    let jump = "update jobs set leased_until = leased_until - 3600000, run_at = run_at - 3600000";
    run(&mut bench.foreign().await, jump).await;

    let after = lease_one(&bench.store).await;

    let late = bench.store.finish_job(&before, "T1").await.unwrap_err();
    assert!(matches!(late, JobError::LeaseLost(_)), "{late}");
    bench.store.finish_job(&after, "T2").await.unwrap();
    assert_eq!(bench.number("select count(*) from shipments").await, 1);
}

#[tokio::test]
async fn a_clock_that_falls_back_delays_jobs_and_loses_none() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.place(&[(item.id.get(), 1)]).await.unwrap();
    let held = lease_and_die(&bench.store).await;
    // The clock loses an hour: the lease seems to last that much longer.
    let jump = "update jobs set leased_until = leased_until + 3600000";
    run(&mut bench.foreign().await, jump).await;
    assert_eq!(lease(&bench.store, 1).await, []);
    assert!(bench.store.renew_lease(&held, NOTHING).await.unwrap());
    let taken = lease_one(&bench.store).await;

    assert_eq!(taken.attempt, 2);
    bench.store.finish_job(&taken, "T1").await.unwrap();
}

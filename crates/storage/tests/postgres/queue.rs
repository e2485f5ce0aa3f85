//! The queue on a server that is locked, cut off and killed.

use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};
use storage::Changes;
use testbed::Postgres;

use crate::bench::{DATABASE, open};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);
const LASTS: Duration = Duration::from_secs(60);

/// An order and its job, as another program would write them.
const ORDER: &str = "
    insert into orders (status, shipping_cents, shipping_source, total_cents, created_at, updated_at)
    values ('pending', 0, 'flat_rate', 0, 0, 0);
    insert into jobs (order_id, state, run_at, payload, created_at, updated_at)
    select max(id), 'ready', 0, 'ship', 0, 0 from orders;
    insert into order_events (order_id, status, at) select max(id), 'pending', 0 from orders;
";

/// Waits until somebody listens, and hears nothing.
async fn quiet(changes: &mut Changes) {
    assert!(changes.wait_for_job(LONG).await);
    while changes.wait_for_job(SHORT).await {}
    while changes.wait_for_event(SHORT).await {}
}

async fn woken_by_an_order(postgres: &Postgres, changes: &mut Changes) {
    let started = Instant::now();
    postgres.sql(DATABASE, ORDER);
    assert!(changes.wait_for_job(LONG).await);
    assert!(changes.wait_for_event(LONG).await);
    assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_wakes_again_once_it_is_back() {
    let postgres = Postgres::start();
    let store = open(&postgres).await;
    let mut changes = store.changes();
    quiet(&mut changes).await;

    postgres.kill();
    let meanwhile = changes.wait_for_job(SHORT).await;
    postgres.start_again();
    quiet(&mut changes).await;

    assert!(!meanwhile);
    woken_by_an_order(&postgres, &mut changes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_was_cut_off_comes_back_and_misses_nothing() {
    let postgres = Postgres::start();
    let store = open(&postgres).await;
    let mut changes = store.changes();
    quiet(&mut changes).await;

    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'";
    let cut = postgres.sql(DATABASE, cut);
    postgres.sql(DATABASE, ORDER);

    assert!(cut.contains('t'), "nobody listened: {cut}");
    assert!(changes.wait_for_job(LONG).await);
    while changes.wait_for_event(SHORT).await {}
    woken_by_an_order(&postgres, &mut changes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_row_somebody_holds_keeps_nobody_from_the_others() {
    let postgres = Postgres::start();
    let store = open(&postgres).await;
    for _ in 0..2 {
        postgres.sql(DATABASE, ORDER);
    }
    let mut foreign = AnyConnection::connect(&postgres.url(DATABASE))
        .await
        .unwrap();
    for sql in ["begin", "select id from jobs where id = 1 for update"] {
        sqlx::query(sql).execute(&mut foreign).await.unwrap();
    }

    let claimed = store.lease_jobs(2, LASTS, 5).await.unwrap();

    let jobs: Vec<_> = claimed.leases.iter().map(|lease| lease.job.get()).collect();
    assert_eq!(jobs, [2]);
}

//! What the metrics say of the pool, against what the server sees.

use std::time::Duration;

use futures_util::future::join_all;
use storage::{Error, Settings, Store};
use telemetry::Telemetry;
use testbed::Postgres;

use crate::bench::{DATABASE, detached, pen, settings};

const POOL: &str = "db_client_connection_pool_name=\"pool\"";

fn metric(telemetry: &Telemetry, name: &str, label: &str) -> Option<f64> {
    let exposition = telemetry.metrics().expose("text/plain").unwrap();
    let start = format!("{name}{{");
    exposition
        .body
        .lines()
        .find(|line| line.starts_with(&start) && line.contains(POOL) && line.contains(label))
        .and_then(|line| line.rsplit(' ').next()?.parse().ok())
}

fn open(telemetry: &Telemetry, state: &str) -> Option<f64> {
    let label = format!("db_client_connection_state=\"{state}\"");
    metric(telemetry, "db_client_connection_count", &label)
}

#[tokio::test]
async fn the_pool_is_shown_as_the_server_sees_it() {
    let server = Postgres::start();
    let telemetry = detached();
    let settings = Settings {
        connections: 3,
        ..settings(&server.url(DATABASE))
    };
    let store = Store::connect(&settings, &telemetry).await.unwrap();
    assert_eq!(
        metric(&telemetry, "db_client_connection_max", ""),
        Some(3.0)
    );
    assert_eq!(
        (open(&telemetry, "idle"), open(&telemetry, "used")),
        (Some(0.0), Some(0.0))
    );

    let pen = pen();
    for outcome in join_all((0..20).map(|_| store.create_item(&pen))).await {
        outcome.unwrap();
    }

    let seen = "select count(*) from pg_stat_activity where application_name = 'storage'";
    assert_eq!(server.sql(DATABASE, seen), "3");
    assert_eq!(
        (open(&telemetry, "idle"), open(&telemetry, "used")),
        (Some(3.0), Some(0.0))
    );
    assert_eq!(
        metric(
            &telemetry,
            "db_client_connection_wait_time_seconds_count",
            ""
        ),
        Some(20.0)
    );
    assert_eq!(
        metric(&telemetry, "db_client_connection_pending_requests", ""),
        Some(0.0)
    );
}

#[tokio::test]
async fn who_waits_in_vain_is_counted() {
    let server = Postgres::start();
    let telemetry = detached();
    let settings = Settings {
        connections: 2,
        ..settings(&server.url(DATABASE))
    };
    let store = Store::connect(&settings, &telemetry).await.unwrap();
    join_all((0..2).map(|_| store.check())).await;

    server.freeze();
    let outcomes = join_all((0..6).map(|_| store.check()));
    let (outcomes, ()) = tokio::join!(outcomes, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(open(&telemetry, "used"), Some(2.0));
        assert_eq!(
            metric(&telemetry, "db_client_connection_pending_requests", ""),
            Some(4.0)
        );
    });
    server.proceed();

    let busy = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::Busy)))
        .count();
    assert_ne!(busy, 0, "{outcomes:?}");
    let counted = metric(&telemetry, "db_client_connection_timeouts_total", "");
    assert_eq!(counted, Some(busy as f64));
    assert_eq!(open(&telemetry, "used"), Some(0.0));
}

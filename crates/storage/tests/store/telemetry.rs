//! What the store says about itself.

use futures_util::future::join_all;

use crate::bench::{Bench, pen, run};

impl Bench {
    /// The sum of the series of that name that have all these labels; nothing if there is none.
    fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let exposition = self.telemetry.metrics().expose("text/plain").unwrap();
        let lines = exposition
            .body
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")));
        let matching = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
        matching
            .map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .reduce(|sum, value| Some(sum? + value?))?
    }
}

const CALLS: &str = "db_client_operation_duration_seconds_count";

#[tokio::test]
async fn each_call_is_counted_once_under_its_statement() {
    let bench = Bench::start().await;
    let item = bench.item(5).await;
    bench.store.find_item(item.id).await.unwrap();
    bench.store.find_item(item.id).await.unwrap();
    let order = bench.place(&[(item.id.get(), 1)]).await.unwrap();
    bench.store.cancel_order(order.id).await.unwrap();

    for (operation, collection, count) in [
        ("INSERT", "items", 1.0),
        ("SELECT", "items", 2.0),
        ("INSERT", "orders", 1.0),
        ("UPDATE", "orders", 1.0),
    ] {
        let labels = [
            format!("db_operation_name=\"{operation}\""),
            format!("db_collection_name=\"{collection}\""),
            format!("db_system_name=\"{}\"", bench.system()),
            "error_type=\"\"".to_owned(),
        ];
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        assert_eq!(
            bench.metric(CALLS, &labels),
            Some(count),
            "{operation} {collection}"
        );
    }
}

#[tokio::test]
async fn a_refused_order_is_no_failure_of_the_database() {
    let bench = Bench::start().await;
    let item = bench.item(1).await;

    assert!(bench.place(&[(item.id.get(), 2)]).await.is_err());

    let labels = [
        "db_collection_name=\"orders\"",
        "db_operation_name=\"INSERT\"",
        "error_type=\"\"",
    ];
    assert_eq!(bench.metric(CALLS, &labels), Some(1.0));
}

#[tokio::test]
async fn failures_and_timeouts_are_counted_by_name() {
    let bench = Bench::file().await;
    let new = pen(1, 1);
    let mut foreign = bench.foreign().await;
    run(&mut foreign, "begin immediate").await;

    join_all((0..5).map(|_| bench.store.create_item(&new))).await;

    assert!(
        bench
            .metric(CALLS, &["error_type=\"database_locked\""])
            .is_some_and(|count| 1.0 <= count)
    );
    let writer = ["db_client_connection_pool_name=\"writer\""];
    assert!(
        bench
            .metric("db_client_connection_timeouts_total", &writer)
            .is_some_and(|count| 1.0 <= count)
    );
    assert_eq!(
        bench.metric("db_client_connection_pending_requests", &writer),
        Some(0.0)
    );
}

#[tokio::test]
async fn the_pools_show_their_bounds() {
    let bench = Bench::start().await;
    bench.item(1).await;

    let max = |pool: &str| {
        let pool = format!("db_client_connection_pool_name=\"{pool}\"");
        bench.metric("db_client_connection_max", &[&pool])
    };
    let (writer, maxima) = match bench.system() {
        "sqlite" => ("writer", [Some(1.0), Some(4.0), None]),
        _ => ("pool", [None, None, Some(10.0)]),
    };

    assert_eq!([max("writer"), max("readers"), max("pool")], maxima);
    let writer = format!("db_client_connection_pool_name=\"{writer}\"");
    let open = |state: &str| {
        let state = format!("db_client_connection_state=\"{state}\"");
        bench.metric("db_client_connection_count", &[&writer, &state])
    };
    assert_eq!((open("idle"), open("used")), (Some(1.0), Some(0.0)));
}

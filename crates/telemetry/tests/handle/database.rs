use std::time::Duration;

use opentelemetry::trace::{FutureExt, TraceContextExt};
use telemetry::db::{Call, ErrorType, call};
use wire::otlp::{Kind, Span, Status};

use crate::bench::{Bench, named};

#[derive(Debug, PartialEq)]
struct Locked;

impl ErrorType for Locked {
    fn error_type(&self) -> &'static str {
        "database_locked"
    }
}

fn select(bench: &Bench, slow: Duration) -> Call {
    let database = bench.telemetry.database("sqlite", "shop.db", slow);
    database.call("SELECT", "items")
}

const NEVER_SLOW: Duration = Duration::from_secs(60);

/// The count of calls with that outcome.
fn counted(bench: &Bench, error_type: &str) -> Option<f64> {
    let name = "db_client_operation_duration_seconds_count";
    let metrics = bench.metrics();
    let sample = metrics.samples(name).into_iter().find(|sample| {
        sample.has(&[
            ("db_system_name", "sqlite"),
            ("db_operation_name", "SELECT"),
            ("db_collection_name", "items"),
            ("error_type", error_type),
        ])
    });
    sample.map(|sample| sample.value)
}

#[track_caller]
fn call_span(spans: &[Span]) -> &Span {
    let span = named(spans, "SELECT items");
    assert_eq!(span.kind, Kind::Client);
    assert_eq!(span.text("db.system.name"), Some("sqlite"));
    assert_eq!(span.text("db.namespace"), Some("shop.db"));
    assert_eq!(span.text("db.operation.name"), Some("SELECT"));
    assert_eq!(span.text("db.collection.name"), Some("items"));
    assert_eq!(span.text("db.query.summary"), Some("SELECT items"));
    assert_eq!(span.text("peer.service"), Some("sqlite"));
    span
}

#[tokio::test]
async fn a_call_is_a_child_of_the_span_it_is_made_in() {
    let bench = Bench::new();
    let select = select(&bench, NEVER_SLOW);
    let parent = bench.parent();

    let rows = call(&select, async { Ok::<_, Locked>(7) });
    assert_eq!(rows.with_context(parent.clone()).await, Ok(7));

    let expected = parent.span().span_context().span_id().to_string();
    parent.span().end();
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.parent_span_id, Some(expected));
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.text("error.type"), None);
    assert_eq!(counted(&bench, ""), Some(1.0));
}

#[tokio::test]
async fn a_call_of_a_server_says_where_it_is() {
    let bench = Bench::new();
    let database = bench.telemetry.database("postgresql", "shop", NEVER_SLOW);
    let select = database
        .served_by("db.example", 6000)
        .call("SELECT", "items");

    assert_eq!(call(&select, async { Ok::<_, Locked>(7) }).await, Ok(7));

    let spans = bench.spans();
    let span = named(&spans, "SELECT items");
    assert_eq!(span.text("server.address"), Some("db.example"));
    assert_eq!(span.integer("server.port"), Some(6000));
}

#[tokio::test]
async fn a_call_that_fails_is_counted_by_the_name_of_its_error() {
    let bench = Bench::new();
    let select = select(&bench, NEVER_SLOW);

    let failed = call(&select, async { Err::<(), _>(Locked) }).await;

    assert_eq!(failed, Err(Locked));
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.text("error.type"), Some("database_locked"));
    assert!(matches!(span.status, Status::Error(_)), "{:?}", span.status);
    assert_eq!(counted(&bench, "database_locked"), Some(1.0));
    assert_eq!(counted(&bench, ""), Some(0.0));
}

#[tokio::test]
async fn a_cancelled_call_ends_its_span_and_is_counted() {
    let bench = Bench::new();
    let select = select(&bench, NEVER_SLOW);

    let never = call(&select, std::future::pending::<Result<(), Locked>>());
    let cancelled = tokio::time::timeout(Duration::from_millis(20), never).await;

    assert!(cancelled.is_err());
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.text("error.type"), Some("cancelled"));
    assert!(Duration::from_millis(20) <= span.duration());
    assert_eq!(counted(&bench, "cancelled"), Some(1.0));
}

#[tokio::test]
async fn only_calls_as_slow_as_the_threshold_are_counted_as_slow() {
    let bench = Bench::new();
    let threshold = Duration::from_secs(1);
    let select = select(&bench, threshold);
    let slow = || {
        let labels = [
            ("db_operation_name", "SELECT"),
            ("db_collection_name", "items"),
        ];
        bench
            .metrics()
            .sum("db_client_slow_operations_total", &labels)
    };

    call(&select, async { Ok::<_, Locked>(()) }).await.unwrap();
    assert_eq!(slow(), 0.0);

    let sleeping = async {
        tokio::time::sleep(threshold).await;
        Ok::<_, Locked>(())
    };
    call(&select, sleeping).await.unwrap();
    assert_eq!(slow(), 1.0);
}

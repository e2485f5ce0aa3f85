//! Calls to a database: a CLIENT span, a duration and a line when slow, whatever the driver.
//!
//! Names follow the OpenTelemetry conventions for database client calls and connection pools.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Unit;

pub use crate::error_type::ErrorType;
pub use pool::{Pool, PoolState};

use crate::Telemetry;
use crate::identity::PEER_SERVICE;
use crate::metrics::{CALL_SECONDS, TraceExemplar, exemplar};
use crate::traces::ServiceTracer;

mod pool;

type Histogram = HistogramWithExemplars<TraceExemplar>;
type Durations = Family<Labels, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    db_system_name: &'static str,
    db_operation_name: &'static str,
    db_collection_name: &'static str,
    error_type: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SlowLabels {
    db_operation_name: &'static str,
    db_collection_name: &'static str,
}

/// One database as a service sees it; made by [`Telemetry::database`].
#[derive(Clone, Debug)]
pub struct Database {
    telemetry: Telemetry,
    system: &'static str,
    namespace: Arc<str>,
    server: Option<(Arc<str>, u16)>,
    slow: Duration,
    durations: Durations,
    slow_calls: Family<SlowLabels, Counter>,
    pools: pool::Pools,
}

impl Telemetry {
    /// Describes a database: `system` as `db.system.name` (`sqlite`, `postgresql`), `namespace` as `db.namespace`.
    /// Calls slower than `slow` are counted and logged.
    ///
    /// Call it once per process and system: it registers the metric families.
    pub fn database(&self, system: &'static str, namespace: &str, slow: Duration) -> Database {
        let durations = Durations::new_with_constructor(
            (|| Histogram::new(CALL_SECONDS.into_iter())) as fn() -> _,
        );
        self.metrics().register_with_unit(
            "db_client_operation_duration",
            "Duration of database client operations",
            Unit::Seconds,
            durations.clone(),
        );
        let slow_calls = Family::default();
        self.metrics().register(
            "db_client_slow_operations",
            "Database client operations above the threshold of slowness",
            slow_calls.clone(),
        );
        Database {
            pools: pool::Pools::register(self),
            telemetry: self.clone(),
            system,
            namespace: namespace.into(),
            server: None,
            slow,
            durations,
            slow_calls,
        }
    }
}

impl Database {
    /// Says which server has it: `server.address` and `server.port` of each span.
    #[must_use]
    pub fn served_by(self, address: &str, port: u16) -> Self {
        Self {
            server: Some((address.into(), port)),
            ..self
        }
    }

    /// Prepares one kind of call, to be made once at start: `operation` as `db.operation.name` (`SELECT`),
    /// `collection` as `db.collection.name` (a table).
    pub fn call(&self, operation: &'static str, collection: &'static str) -> Call {
        let slow_labels = SlowLabels {
            db_operation_name: operation,
            db_collection_name: collection,
        };
        let call = Call {
            tracer: self.telemetry.tracer().clone(),
            database: self.clone(),
            operation,
            collection,
            summary: format!("{operation} {collection}").into(),
            succeeded: None,
            slow_calls: self.slow_calls.get_or_create_owned(&slow_labels),
        };
        Call {
            succeeded: Some(call.duration("")),
            ..call
        }
    }
}

/// One kind of call, with its names and metrics at hand.
#[derive(Clone, Debug)]
pub struct Call {
    tracer: ServiceTracer,
    database: Database,
    operation: &'static str,
    collection: &'static str,
    summary: Arc<str>,
    succeeded: Option<Histogram>,
    slow_calls: Counter,
}

impl Call {
    fn duration(&self, error_type: &'static str) -> Histogram {
        if error_type.is_empty()
            && let Some(succeeded) = &self.succeeded
        {
            return succeeded.clone();
        }
        self.database.durations.get_or_create_owned(&Labels {
            db_system_name: self.database.system,
            db_operation_name: self.operation,
            db_collection_name: self.collection,
            error_type,
        })
    }

    fn started(&self) -> Context {
        let span = self
            .tracer
            .span_builder(self.summary.to_string())
            .with_kind(SpanKind::Client)
            .start(&self.tracer);
        let context = Context::current_with_span(span);
        if context.span().is_recording() {
            context.span().set_attributes([
                KeyValue::new(attribute::DB_SYSTEM_NAME, self.database.system),
                KeyValue::new(attribute::DB_NAMESPACE, self.database.namespace.clone()),
                KeyValue::new(attribute::DB_OPERATION_NAME, self.operation),
                KeyValue::new(attribute::DB_COLLECTION_NAME, self.collection),
                KeyValue::new(attribute::DB_QUERY_SUMMARY, self.summary.clone()),
                KeyValue::new(PEER_SERVICE, self.database.system),
            ]);
            if let Some((address, port)) = &self.database.server {
                context.span().set_attributes([
                    KeyValue::new(attribute::SERVER_ADDRESS, address.clone()),
                    KeyValue::new(attribute::SERVER_PORT, i64::from(*port)),
                ]);
            }
        }
        context
    }

    fn ended(&self, context: &Context, error_type: &'static str, elapsed: Duration) {
        let span = context.span();
        if !error_type.is_empty() {
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, error_type));
            span.set_status(Status::error(error_type));
        }
        self.duration(error_type).observe(
            elapsed.as_secs_f64(),
            exemplar(span.span_context()),
            Some(SystemTime::now()),
        );
        if self.database.slow <= elapsed {
            self.slow_calls.inc();
            let _attached = context.clone().attach();
            tracing::warn!(
                db.query.summary = &*self.summary,
                duration_ms = elapsed.as_millis() as u64,
                threshold_ms = self.database.slow.as_millis() as u64,
                "slow database call",
            );
        }
        span.end();
    }
}

/// A call under way; one that is dropped, because its request was, still ends its span.
struct Running<'a> {
    call: &'a Call,
    context: Context,
    started: Instant,
    ended: bool,
}

impl Running<'_> {
    fn end(&mut self, error_type: &'static str) {
        self.ended = true;
        self.call
            .ended(&self.context, error_type, self.started.elapsed());
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end("cancelled");
        }
    }
}

/// Runs `future` as one `call`: its span is a child of the current one, its duration is counted.
///
/// # Errors
/// Those of `future`, counted by their [`ErrorType`].
pub async fn call<T, E: ErrorType>(
    call: &Call,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let context = call.started();
    let mut running = Running {
        call,
        context: context.clone(),
        started: Instant::now(),
        ended: false,
    };
    let outcome = future.with_context(context).await;
    running.end(match &outcome {
        Ok(_) => "",
        Err(error) => error.error_type(),
    });
    outcome
}

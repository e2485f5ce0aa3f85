//! Where messages are processed.

use std::time::{Instant, SystemTime};

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{FutureExt, SpanBuilder, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Unit;

use super::running::Running;
use super::{Destination, ErrorType, Headers, Labels, Operation};
use crate::metrics::{REQUEST_SECONDS, TraceExemplar, exemplar};
use crate::profiles::Root;
use crate::{Telemetry, traces};

type Histogram = HistogramWithExemplars<TraceExemplar>;

/// The conventions have a name for it with some systems only.
const DELIVERY_ATTEMPT: &str = "messaging.message.delivery_attempt";

/// Processes messages of one destination; made by [`Telemetry::message_receiver`].
#[derive(Clone, Debug)]
pub struct Receiver {
    telemetry: Telemetry,
    destination: Destination,
    durations: Family<Labels, Histogram, fn() -> Histogram>,
}

/// One attempt to process one message.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// `messaging.message.id`.
    pub id: &'a str,
    /// 1 for the first.
    pub attempt: u32,
    /// What travelled with the message.
    pub headers: &'a Headers,
}

impl Telemetry {
    /// Prepares processing: `system` as `messaging.system`, `destination` as `messaging.destination.name`.
    /// Call it once per process: it registers the metric family.
    pub fn message_receiver(&self, system: &'static str, destination: &'static str) -> Receiver {
        let new: fn() -> Histogram = || Histogram::new(REQUEST_SECONDS.into_iter());
        let durations = Family::new_with_constructor(new);
        self.metrics().register_with_unit(
            "messaging_process_duration",
            "Duration of processing messages",
            Unit::Seconds,
            durations.clone(),
        );
        let destination = Destination {
            system,
            name: destination,
        };
        durations.get_or_create_owned(&destination.labels(Operation::Process, ""));
        Receiver {
            telemetry: self.clone(),
            destination,
            durations,
        }
    }
}

impl Receiver {
    /// Runs `work` under a CONSUMER span, to which its lines, calls and CPU time belong. The first attempt continues
    /// the sender's trace; a later one is a root of its own with a link to the sender, so that a trace ends
    /// even if its message is tried for days.
    ///
    /// # Errors
    /// Those of `work`, counted by their [`ErrorType`]; also counted are `panic`, and `cancelled` if the future is dropped.
    pub async fn process<T, E, F>(&self, delivery: Delivery<'_>, work: F) -> Result<T, E>
    where
        E: ErrorType,
        F: Future<Output = Result<T, E>>,
    {
        let started = Instant::now();
        let context = self.begin(delivery);
        let mut running = Running::new(context.clone(), |span, error_type| {
            let labels = self.destination.labels(Operation::Process, error_type);
            self.durations.get_or_create_owned(&labels).observe(
                started.elapsed().as_secs_f64(),
                exemplar(span),
                Some(SystemTime::now()),
            );
        });
        let labelled = Root::of(&context).labelled(work);
        let outcome = labelled.with_context(context).await;
        running.end(outcome.as_ref().err().map_or("", ErrorType::error_type));
        outcome
    }

    fn begin(&self, delivery: Delivery<'_>) -> Context {
        let nobody = Context::new();
        let propagator = self.telemetry.propagator();
        let sender = propagator.extract_with_context(&nobody, delivery.headers);
        let builder = self.builder(delivery);
        let tracer = self.telemetry.tracer();
        if delivery.attempt <= 1 {
            let span = builder.start_with_context(tracer, &sender);
            return sender.with_span(span);
        }
        let link = traces::link_to(sender.span().span_context());
        let builder = builder.with_links(link.into_iter().collect());
        let span = builder.start_with_context(tracer, &nobody);
        nobody.with_span(span)
    }

    fn builder(&self, delivery: Delivery<'_>) -> SpanBuilder {
        let mut builder = self.destination.span(&self.telemetry, Operation::Process);
        let attempt = i64::from(delivery.attempt);
        if let Some(attributes) = &mut builder.attributes {
            attributes.push(KeyValue::new(
                attribute::MESSAGING_MESSAGE_ID,
                delivery.id.to_owned(),
            ));
            attributes.push(KeyValue::new(DELIVERY_ATTEMPT, attempt));
        }
        builder
    }
}

//! Where messages are sent.

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::running::Running;
use super::{Destination, ErrorType, Headers, Labels, Operation};
use crate::Telemetry;

/// Sends messages to one destination; made by [`Telemetry::message_sender`].
#[derive(Clone, Debug)]
pub struct Sender {
    telemetry: Telemetry,
    destination: Destination,
    sent: Family<Labels, Counter>,
}

impl Telemetry {
    /// Prepares sending: `system` as `messaging.system`, `destination` as `messaging.destination.name`.
    /// Call it once per process: it registers the metric family.
    pub fn message_sender(&self, system: &'static str, destination: &'static str) -> Sender {
        let sent = Family::<Labels, Counter>::default();
        self.metrics().register(
            "messaging_client_sent_messages",
            "Messages that were given to the message system",
            sent.clone(),
        );
        let destination = Destination {
            system,
            name: destination,
        };
        sent.get_or_create_owned(&destination.labels(Operation::Send, ""));
        Sender {
            telemetry: self.clone(),
            destination,
            sent,
        }
    }
}

impl Sender {
    /// Runs `send` under a PRODUCER span. It gets the headers that have to travel with the message.
    ///
    /// # Errors
    /// Those of `send`, counted by their [`ErrorType`]; also counted are `panic`, and `cancelled` if the future is dropped.
    pub async fn send<T, E, F>(&self, send: impl FnOnce(Headers) -> F) -> Result<T, E>
    where
        E: ErrorType,
        F: Future<Output = Result<T, E>>,
    {
        let builder = self.destination.span(&self.telemetry, Operation::Send);
        let context = Context::current_with_span(builder.start(self.telemetry.tracer()));
        let mut headers = Headers::new();
        self.telemetry
            .propagator()
            .inject_context(&context, &mut headers);
        let mut running = Running::new(context.clone(), |_, error_type| {
            let labels = self.destination.labels(Operation::Send, error_type);
            self.sent.get_or_create_owned(&labels).inc();
        });
        let outcome = async { send(headers).await }.with_context(context).await;
        running.end(outcome.as_ref().err().map_or("", ErrorType::error_type));
        outcome
    }
}

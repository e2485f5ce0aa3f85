//! Messages that one process leaves for another: a PRODUCER span where one is sent, a CONSUMER span where it is processed.
//!
//! Names follow the OpenTelemetry conventions for messaging; what carries the messages is not involved.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt, Tracer};
use opentelemetry_semantic_conventions::attribute;
use prometheus_client::encoding::EncodeLabelSet;

pub use crate::error_type::ErrorType;
pub use receiver::{Delivery, Receiver};
pub use sender::Sender;

use crate::Telemetry;

mod receiver;
mod running;
mod sender;

/// What travels with a message, so that its trace goes on: `traceparent`, `tracestate`, and what else the propagators write.
pub type Headers = HashMap<String, String>;

/// Where messages go, or come from. All of it is of code or settings.
#[derive(Clone, Copy, Debug)]
struct Destination {
    system: &'static str,
    name: &'static str,
}

/// What is done with a message.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Send,
    Process,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    messaging_system: &'static str,
    messaging_destination_name: &'static str,
    messaging_operation_name: &'static str,
    error_type: &'static str,
}

/// Says which message the current span is about, where its id becomes known only once it is sent.
pub fn set_message_id(id: impl Into<String>) {
    let id = KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id.into());
    opentelemetry::Context::map_current(|context| context.span().set_attribute(id));
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Process => "process",
        }
    }

    fn kind(self) -> SpanKind {
        match self {
            Self::Send => SpanKind::Producer,
            Self::Process => SpanKind::Consumer,
        }
    }
}

impl Destination {
    fn span(self, telemetry: &Telemetry, operation: Operation) -> SpanBuilder {
        let attributes = vec![
            KeyValue::new(attribute::MESSAGING_SYSTEM, self.system),
            KeyValue::new(attribute::MESSAGING_DESTINATION_NAME, self.name),
            KeyValue::new(attribute::MESSAGING_OPERATION_NAME, operation.name()),
            KeyValue::new(attribute::MESSAGING_OPERATION_TYPE, operation.name()),
        ];
        telemetry
            .tracer()
            .span_builder(format!("{} {}", operation.name(), self.name))
            .with_kind(operation.kind())
            .with_attributes(attributes)
    }

    fn labels(self, operation: Operation, error_type: &'static str) -> Labels {
        Labels {
            messaging_system: self.system,
            messaging_destination_name: self.name,
            messaging_operation_name: operation.name(),
            error_type,
        }
    }
}

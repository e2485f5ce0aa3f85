use std::time::Duration;

use super::{Attributes, Value};

/// One span, with the resource and the scope it came under.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits; none for a root.
    pub parent_span_id: Option<String>,
    /// The W3C `tracestate`, as it was sent.
    pub trace_state: String,
    /// W3C trace flags in the low 8 bits, OTLP's own above.
    pub flags: u32,
    /// The name.
    pub name: String,
    /// The role of the span in its trace.
    pub kind: Kind,
    /// When the work started, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// When the work ended, in nanoseconds since 1970.
    pub end_unix_nanos: u64,
    /// Attributes by key; of a repeated key the last value.
    pub attributes: Attributes,
    /// Keys that came more than once, which the protocol forbids.
    pub repeated_attributes: Vec<String>,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// What happened during the span, in the order sent.
    pub events: Vec<Event>,
    /// How many events the sender left out.
    pub dropped_events: u32,
    /// Spans related to this one, in the order sent.
    pub links: Vec<Link>,
    /// How many links the sender left out.
    pub dropped_links: u32,
    /// How the work ended.
    pub status: Status,
    /// Attributes of the sender.
    pub resource: Attributes,
    /// The name of the instrumentation scope.
    pub scope: String,
}

impl Span {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// The value of an attribute that is a string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attribute(key)?.as_text()
    }

    /// The value of an attribute that is a whole number.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.attribute(key)?.as_integer()
    }

    /// The first event of a name.
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.name == name)
    }

    /// The name of the service that sent the span.
    pub fn service(&self) -> Option<&str> {
        self.resource.get("service.name")?.as_text()
    }

    /// How long the work took; zero where it ended before it started.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.end_unix_nanos.saturating_sub(self.start_unix_nanos))
    }

    /// Whether the sender's sampled flag is set.
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

/// The role of a span in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Not stated.
    Unspecified,
    /// Work inside one service.
    Internal,
    /// The handling of a request.
    Server,
    /// A request to another part.
    Client,
    /// The creation of a message that is handled later.
    Producer,
    /// The handling of such a message.
    Consumer,
}

/// How the work of a span ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Not stated.
    #[default]
    Unset,
    /// Declared good.
    Ok,
    /// Failed, with the sender's description.
    Error(String),
}

/// Something that happened during a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The name.
    pub name: String,
    /// When it happened, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// Attributes by key.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

/// A related span, possibly of another trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The W3C `tracestate`, as it was sent.
    pub trace_state: String,
    /// Attributes by key.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

//! A span as those who ask see it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Attributes by key.
pub type Attributes = BTreeMap<String, Value>;

/// The value of an attribute. Lists and maps come as JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Value {
    /// A string, or what has no simpler form.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number; `null` in JSON where it is not finite.
    Real(f64),
    /// True or false.
    Boolean(bool),
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Integer(integer) => write!(out, "{integer}"),
            Self::Real(real) => write!(out, "{real}"),
            Self::Boolean(boolean) => write!(out, "{boolean}"),
        }
    }
}

/// The role of a span in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not stated.
    Unset,
    /// Declared good.
    Ok,
    /// Failed.
    Error,
}

/// One span with its resource.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits; none for a root.
    pub parent_span_id: Option<String>,
    /// The service that sent it; `unknown_service` if it did not say.
    pub service: String,
    /// The name.
    pub name: String,
    /// The role in its trace.
    pub kind: Kind,
    /// When the work started, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// How long it took, in nanoseconds.
    pub duration_nanos: u64,
    /// How it ended.
    pub status: Status,
    /// What the sender says about an error; empty if nothing.
    pub status_message: String,
    /// Attributes of the span.
    pub attributes: Attributes,
    /// What happened during the span.
    pub events: Vec<Event>,
    /// Related spans, perhaps of other traces.
    pub links: Vec<Link>,
    /// Attributes of the sender.
    pub resource: Attributes,
    /// The name of the instrumentation scope.
    pub scope: String,
    /// Attributes, events and links that the sender left out, together.
    pub dropped: u32,
}

impl Span {
    /// The value of an attribute of the span.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// The text of an attribute of the span.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.attribute(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// When the work ended, in nanoseconds since 1970.
    pub fn end_unix_nanos(&self) -> u64 {
        self.start_unix_nanos.saturating_add(self.duration_nanos)
    }

    /// The id under which a profile holds samples of this span; none if no sample hit it.
    pub fn profile_id(&self) -> Option<&str> {
        self.text("pyroscope.profile.id")
    }
}

/// Something that happened during a span.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// The name, such as `exception`.
    pub name: String,
    /// When it happened, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// Attributes.
    pub attributes: Attributes,
}

/// A related span.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Link {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Attributes.
    pub attributes: Attributes,
}

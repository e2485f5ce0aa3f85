use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1 as proto,
};

use super::{Attributes, Error, Event, Kind, Link, Span, Status, Value};

pub(super) const TRACE_ID_BYTES: usize = 16;
pub(super) const SPAN_ID_BYTES: usize = 8;

pub(super) fn span(span: proto::Span, resource: &Attributes, scope: &str) -> Result<Span, Error> {
    let parent = &span.parent_span_id;
    let parent_span_id = match parent.as_slice() {
        [] => None,
        parent => Some(id("parent span id", &span.name, parent, SPAN_ID_BYTES)?),
    };
    let trace_id = id("trace id", &span.name, &span.trace_id, TRACE_ID_BYTES)?;
    let span_id = id("span id", &span.name, &span.span_id, SPAN_ID_BYTES)?;
    let kind = kind(&span.name, span.kind)?;
    let status = status(&span.name, span.status.unwrap_or_default())?;
    let links = span.links.into_iter().map(|found| link(&span.name, found));
    let links = links.collect::<Result<_, _>>()?;
    let (attributes, repeated_attributes) = attributes(span.attributes);

    Ok(Span {
        trace_id,
        span_id,
        parent_span_id,
        trace_state: span.trace_state,
        flags: span.flags,
        name: span.name,
        kind,
        start_unix_nanos: span.start_time_unix_nano,
        end_unix_nanos: span.end_time_unix_nano,
        attributes,
        repeated_attributes,
        dropped_attributes: span.dropped_attributes_count,
        events: span.events.into_iter().map(event).collect(),
        dropped_events: span.dropped_events_count,
        links,
        dropped_links: span.dropped_links_count,
        status,
        resource: resource.clone(),
        scope: scope.to_owned(),
    })
}

/// An identifier in hexadecimal; none where there is no valid one.
pub(super) fn optional_id(bytes: &[u8], expected: usize) -> Option<String> {
    id("id", "", bytes, expected).ok()
}

fn id(field: &'static str, span: &str, bytes: &[u8], expected: usize) -> Result<String, Error> {
    let found: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() != expected || bytes.iter().all(|byte| *byte == 0) {
        return Err(Error::Id {
            field,
            span: span.to_owned(),
            expected,
            found,
        });
    }
    Ok(found)
}

fn kind(span: &str, number: i32) -> Result<Kind, Error> {
    match proto::span::SpanKind::try_from(number) {
        Ok(proto::span::SpanKind::Unspecified) => Ok(Kind::Unspecified),
        Ok(proto::span::SpanKind::Internal) => Ok(Kind::Internal),
        Ok(proto::span::SpanKind::Server) => Ok(Kind::Server),
        Ok(proto::span::SpanKind::Client) => Ok(Kind::Client),
        Ok(proto::span::SpanKind::Producer) => Ok(Kind::Producer),
        Ok(proto::span::SpanKind::Consumer) => Ok(Kind::Consumer),
        Err(_) => Err(Error::Number {
            field: "kind",
            span: span.to_owned(),
            number,
        }),
    }
}

fn status(span: &str, status: proto::Status) -> Result<Status, Error> {
    match proto::status::StatusCode::try_from(status.code) {
        Ok(proto::status::StatusCode::Unset) => Ok(Status::Unset),
        Ok(proto::status::StatusCode::Ok) => Ok(Status::Ok),
        Ok(proto::status::StatusCode::Error) => Ok(Status::Error(status.message)),
        Err(_) => Err(Error::Number {
            field: "status code",
            span: span.to_owned(),
            number: status.code,
        }),
    }
}

fn event(event: proto::span::Event) -> Event {
    Event {
        name: event.name,
        unix_nanos: event.time_unix_nano,
        attributes: attributes(event.attributes).0,
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link(span: &str, link: proto::span::Link) -> Result<Link, Error> {
    Ok(Link {
        trace_id: id("trace id of a link", span, &link.trace_id, TRACE_ID_BYTES)?,
        span_id: id("span id of a link", span, &link.span_id, SPAN_ID_BYTES)?,
        trace_state: link.trace_state,
        attributes: attributes(link.attributes).0,
        dropped_attributes: link.dropped_attributes_count,
    })
}

/// Attributes by key, and the keys that came more than once.
pub(super) fn attributes(pairs: Vec<KeyValue>) -> (Attributes, Vec<String>) {
    let mut attributes = Attributes::new();
    let mut repeated = Vec::new();
    for pair in pairs {
        let value = value(pair.value.unwrap_or_default());
        if attributes.insert(pair.key.clone(), value).is_some() && !repeated.contains(&pair.key) {
            repeated.push(pair.key);
        }
    }
    (attributes, repeated)
}

/// Protobuf decoding bounds the depth, so recursion is safe here.
pub(super) fn value(any: AnyValue) -> Value {
    match any.value {
        None => Value::Empty,
        Some(any_value::Value::StringValue(text)) => Value::Text(text),
        Some(any_value::Value::BoolValue(boolean)) => Value::Boolean(boolean),
        Some(any_value::Value::IntValue(integer)) => Value::Integer(integer),
        Some(any_value::Value::DoubleValue(real)) => Value::Real(real),
        Some(any_value::Value::BytesValue(bytes)) => Value::Bytes(bytes),
        Some(any_value::Value::ArrayValue(list)) => {
            Value::List(list.values.into_iter().map(value).collect())
        }
        Some(any_value::Value::KvlistValue(map)) => Value::Map(attributes(map.values).0),
        // A reference into a table that only the profiles signal has.
        Some(any_value::Value::StringValueStrindex(_)) => Value::Empty,
    }
}

//! Export requests item by item, so that a request never stands in memory as a whole.
//!
//! The three requests have one shape: a list of resources, of which each has a list of scopes,
//! of which each has a list of items.

use opentelemetry_proto::tonic::{
    common::v1::InstrumentationScope, logs::v1::LogRecord as ProtoLog,
    metrics::v1::Metric as ProtoMetric, resource::v1::Resource, trace::v1::Span as ProtoSpan,
};
use prost::Message;
use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::{Attributes, Error, LogRecord, Metric, Span, convert, log, metric};

const RESOURCES: u32 = 1;
const OWN: u32 = 1;
const BELOW: u32 = 2;

/// Who sent an item, and by what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Attributes of the sender.
    pub resource: Attributes,
    /// The name of the instrumentation scope.
    pub scope: String,
}

/// Reads the spans of a trace export request in their order. A span that is not one is passed on as an
/// error, and the others go on; the resource and the scope of a span stand in its [`Origin`] only.
///
/// # Errors
/// A body that is not such a request; what came before the mistake has been passed on.
pub fn each_span(
    body: &[u8],
    longest: usize,
    mut take: impl FnMut(&Origin, Result<Span, Error>),
) -> Result<(), Error> {
    each(body, longest, |origin, item: Result<ProtoSpan, Error>| {
        let span = item.and_then(|span| convert::span(span, &Attributes::new(), ""));
        take(origin, span);
    })
}

/// Reads the records of a log export request, as [`each_span`] reads spans.
///
/// # Errors
/// As [`each_span`].
pub fn each_log(
    body: &[u8],
    longest: usize,
    mut take: impl FnMut(&Origin, Result<LogRecord, Error>),
) -> Result<(), Error> {
    each(body, longest, |origin, item: Result<ProtoLog, Error>| {
        take(origin, item.map(log::record));
    })
}

/// Reads the metrics of a metric export request, as [`each_span`] reads spans.
///
/// # Errors
/// As [`each_span`].
pub fn each_metric(
    body: &[u8],
    longest: usize,
    mut take: impl FnMut(&Origin, Result<Metric, Error>),
) -> Result<(), Error> {
    each(body, longest, |origin, item: Result<ProtoMetric, Error>| {
        take(origin, item.map(metric::metric));
    })
}

fn each<T: Message + Default>(
    body: &[u8],
    longest: usize,
    mut take: impl FnMut(&Origin, Result<T, Error>),
) -> Result<(), Error> {
    fields(body, |tag, of_resource| {
        if tag != RESOURCES {
            return Ok(());
        }
        let mut origin = Origin {
            resource: resource(of_resource, longest)?,
            scope: String::new(),
        };
        fields(of_resource, |tag, of_scope| {
            if tag != BELOW {
                return Ok(());
            }
            origin.scope = scope(of_scope, longest)?;
            fields(of_scope, |tag, item| {
                if tag == BELOW {
                    take(&origin, decode(item, longest));
                }
                Ok(())
            })
        })
    })
}

/// What describes a message may stand behind what it holds, so it is looked for first.
fn resource(of_resource: &[u8], longest: usize) -> Result<Attributes, Error> {
    let mut found = Resource::default();
    fields(of_resource, |tag, bytes| {
        if tag == OWN {
            found = decode(bytes, longest)?;
        }
        Ok(())
    })?;
    Ok(convert::attributes(found.attributes).0)
}

fn scope(of_scope: &[u8], longest: usize) -> Result<String, Error> {
    let mut found = InstrumentationScope::default();
    fields(of_scope, |tag, bytes| {
        if tag == OWN {
            found = decode(bytes, longest)?;
        }
        Ok(())
    })?;
    Ok(found.name)
}

fn decode<T: Message + Default>(bytes: &[u8], longest: usize) -> Result<T, Error> {
    if longest < bytes.len() {
        return Err(Error::TooLarge {
            bytes: bytes.len(),
            limit: longest,
        });
    }
    Ok(T::decode(bytes)?)
}

/// The messages in a message by their number; other fields are passed over.
fn fields<'a>(
    mut bytes: &'a [u8],
    mut field: impl FnMut(u32, &'a [u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    while bytes.has_remaining() {
        let (tag, wire_type) = decode_key(&mut bytes)?;
        if wire_type != WireType::LengthDelimited {
            skip_field(wire_type, tag, &mut bytes, DecodeContext::default())?;
            continue;
        }
        let length = decode_varint(&mut bytes)?;
        let end = usize::try_from(length).ok();
        let Some((inner, rest)) = end.and_then(|end| bytes.split_at_checked(end)) else {
            return Err(Error::Truncated);
        };
        bytes = rest;
        field(tag, inner)?;
    }
    Ok(())
}

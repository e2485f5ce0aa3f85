//! OTLP export requests, as plain spans, log records and metrics.

mod convert;
mod export;
mod json;
mod log;
mod metric;
mod span;
mod value;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

pub use export::{Origin, each_log, each_metric, each_span};
pub use json::{Signal, from_json};
pub use log::LogRecord;
pub use metric::{Exemplar, HistogramPoint, Metric, NumberPoint, Points, SummaryPoint};
pub use span::{Event, Kind, Link, Span, Status};
pub use value::{Attributes, Value};

/// Why an export request could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is not the protobuf message of an export request.
    #[error("body is not an export request")]
    Protobuf(#[from] prost::DecodeError),
    /// The body ends within a field.
    #[error("body ends within a field")]
    Truncated,
    /// The body is not the JSON form of an export request.
    #[error("body is not the JSON of an export request: {0}")]
    Json(#[from] serde_json::Error),
    /// The JSON holds so many lists and objects for its size that it cannot be telemetry.
    #[error("body holds {found} lists and objects, above {limit}")]
    Crowded {
        /// How many lists and objects begin in it.
        found: usize,
        /// How many are accepted for its size.
        limit: usize,
    },
    /// One item is larger than the caller accepts.
    #[error("an item of {bytes} bytes exceeds {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound that the caller set.
        limit: usize,
    },
    /// An identifier has the wrong length, or is all zeros.
    #[error(
        "{field} of span {span:?} must be {expected} bytes, not all of them zero, and is {found:?}"
    )]
    Id {
        /// The field that holds the identifier.
        field: &'static str,
        /// The name of the span that holds it.
        span: String,
        /// The length that the field must have.
        expected: usize,
        /// What was there, in hexadecimal.
        found: String,
    },
    /// An enumeration holds a number without a meaning.
    #[error("{field} of span {span:?} is {number}, which has no meaning")]
    Number {
        /// The field that holds the number.
        field: &'static str,
        /// The name of the span that holds it.
        span: String,
        /// What was there.
        number: i32,
    },
}

/// Decodes the protobuf body of a trace export request.
pub fn decode(body: &[u8]) -> Result<Vec<Span>, Error> {
    spans(ExportTraceServiceRequest::decode(body)?)
}

/// The spans of a request that is already decoded, in its order.
pub fn spans(request: ExportTraceServiceRequest) -> Result<Vec<Span>, Error> {
    let mut spans = Vec::new();
    for of_resource in request.resource_spans {
        let resource = convert::attributes(of_resource.resource.unwrap_or_default().attributes).0;
        for of_scope in of_resource.scope_spans {
            let scope = of_scope.scope.unwrap_or_default().name;
            for span in of_scope.spans {
                spans.push(convert::span(span, &resource, &scope)?);
            }
        }
    }
    Ok(spans)
}

use opentelemetry_proto::tonic::logs::v1 as proto;

use super::{Attributes, Value, convert};

/// One log record.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// When it happened, in nanoseconds since 1970; 0 if the sender does not know.
    pub unix_nanos: u64,
    /// When it was noticed, in nanoseconds since 1970; 0 if nobody says.
    pub observed_unix_nanos: u64,
    /// From 1, trace, to 24, fatal, four for each level; 0 is not stated.
    pub severity: i32,
    /// The level in the sender's words.
    pub severity_text: String,
    /// What it says.
    pub body: Value,
    /// Attributes by key; of a repeated key the last value.
    pub attributes: Attributes,
    /// 32 hexadecimal digits, if it belongs to a trace.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits, if it belongs to a span.
    pub span_id: Option<String>,
    /// W3C trace flags in the low 8 bits.
    pub flags: u32,
    /// The name of the event, if it is one.
    pub event_name: String,
}

pub(super) fn record(record: proto::LogRecord) -> LogRecord {
    LogRecord {
        unix_nanos: record.time_unix_nano,
        observed_unix_nanos: record.observed_time_unix_nano,
        severity: record.severity_number,
        severity_text: record.severity_text,
        body: convert::value(record.body.unwrap_or_default()),
        attributes: convert::attributes(record.attributes).0,
        trace_id: convert::optional_id(&record.trace_id, convert::TRACE_ID_BYTES),
        span_id: convert::optional_id(&record.span_id, convert::SPAN_ID_BYTES),
        flags: record.flags,
        event_name: record.event_name,
    }
}

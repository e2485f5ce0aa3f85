//! Log records and lines of text, as the store keeps them.

use wire::otlp::{LogRecord, Origin, Value};

use crate::store::lines::NewLine;
use crate::store::spans::UNKNOWN_SERVICE;
use crate::store::{Level, Store};

/// Fields of one line that are kept.
const MOST_FIELDS: usize = 128;

pub(super) fn push_record(store: &Store, origin: &Origin, record: &LogRecord) {
    let service = origin.resource.get("service.name").and_then(Value::as_text);
    let message = record.body.to_string();
    let attributes: Vec<_> = origin
        .resource
        .iter()
        .filter(|(key, _)| *key != "service.name")
        .chain(&record.attributes)
        .take(MOST_FIELDS)
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .collect();
    let mut fields: Vec<_> = attributes
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    if !record.event_name.is_empty() {
        fields.push(("event.name", &record.event_name));
    }
    let observed = record.observed_unix_nanos;
    let time = [record.unix_nanos, observed].into_iter().find(|time| *time != 0);
    store.lines.lock().push(&NewLine {
        unix_nanos: time.unwrap_or_else(now),
        level: level_of(record.severity).or_else(|| level(&record.severity_text)),
        service: service.unwrap_or(UNKNOWN_SERVICE),
        message: &message,
        trace_id: record.trace_id.as_deref(),
        span_id: record.span_id.as_deref(),
        is_sampled: record.trace_id.is_some().then_some(record.flags & 1 == 1),
        fields,
    });
}

/// Four numbers for each level, fatal being as serious as error here.
fn level_of(severity: i32) -> Option<Level> {
    match severity {
        1..=4 => Some(Level::Trace),
        5..=8 => Some(Level::Debug),
        9..=12 => Some(Level::Info),
        13..=16 => Some(Level::Warn),
        17..=24 => Some(Level::Error),
        _ => None,
    }
}

/// The level of a word that loggers use.
pub(crate) fn level(word: &str) -> Option<Level> {
    match word.to_ascii_lowercase().as_str() {
        "trace" => Some(Level::Trace),
        "debug" => Some(Level::Debug),
        "info" | "information" | "notice" => Some(Level::Info),
        "warn" | "warning" => Some(Level::Warn),
        "error" | "err" | "fatal" | "critical" | "crit" | "alert" | "emerg" | "panic" => {
            Some(Level::Error)
        }
        _ => None,
    }
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

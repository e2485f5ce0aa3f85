//! Log records and lines of text, as the store keeps them.

use wire::otlp::{LogRecord, Origin, Value};

use crate::store::lines::NewLine;
use crate::store::spans::UNKNOWN_SERVICE;
use crate::store::{Level, Store};

/// Bytes of one line that are kept.
pub(super) const LONGEST_LINE: usize = 64 * 1024;
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
    let time = [record.unix_nanos, observed]
        .into_iter()
        .find(|time| *time != 0);
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
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// A line of text, with what is known of it beside its text: of two values of a key the first counts, and what
/// the line itself says counts most.
pub(super) fn push_text<'a>(
    store: &Store,
    text: &'a str,
    unix_nanos: Option<u64>,
    beside: impl Iterator<Item = (&'a str, &'a str)>,
) {
    let text = cut(text);
    let own = wire::logfmt::parse(text).ok();
    let own = own.as_ref().filter(|own| own.get("msg").is_some());
    let mut parts = Parts::default();
    for (key, value) in own.into_iter().flat_map(wire::logfmt::Line::iter) {
        parts.take(key, value);
    }
    for (key, value) in beside {
        parts.take(key, value);
    }
    let time = parts
        .time
        .and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let time = time.and_then(|time| u64::try_from(time.as_nanosecond()).ok());
    store.lines.lock().push(&NewLine {
        unix_nanos: unix_nanos.or(time).unwrap_or_else(now),
        level: parts.level.and_then(level),
        service: parts.service.unwrap_or(UNKNOWN_SERVICE),
        message: parts.message.unwrap_or(text),
        trace_id: parts.trace_id,
        span_id: parts.span_id,
        is_sampled: parts.sampled.map(|sampled| sampled == "true"),
        fields: parts.fields,
    });
}

/// What a line says, by what it means here.
#[derive(Default)]
struct Parts<'a> {
    time: Option<&'a str>,
    level: Option<&'a str>,
    message: Option<&'a str>,
    service: Option<&'a str>,
    trace_id: Option<&'a str>,
    span_id: Option<&'a str>,
    sampled: Option<&'a str>,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, key: &'a str, value: &'a str) {
        let place = match key {
            "time" => &mut self.time,
            "level" | "detected_level" => &mut self.level,
            "msg" => &mut self.message,
            "service_name" => &mut self.service,
            "trace_id" => &mut self.trace_id,
            "span_id" => &mut self.span_id,
            "sampled" => &mut self.sampled,
            _ => {
                let is_known = self.fields.iter().any(|(known, _)| *known == key);
                if !is_known && self.fields.len() < MOST_FIELDS {
                    self.fields.push((key, value));
                }
                return;
            }
        };
        place.get_or_insert(value);
    }
}

/// The text up to where it is too long for a line.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_LINE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

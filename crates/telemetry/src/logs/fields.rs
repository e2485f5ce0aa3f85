//! The fields of a `tracing` event.

use std::fmt;

use tracing::Event;
use tracing::field::{Field, Visit};

use super::Line;

/// Names that the line itself gives a meaning; nobody sets them a second time.
pub(crate) const RESERVED: [&str; 9] = [
    "time",
    "level",
    "msg",
    "target",
    "service_name",
    "request_id",
    "trace_id",
    "span_id",
    "sampled",
];

/// Appends the message as `msg`, then the other fields.
pub(super) fn write(event: &Event<'_>, line: &mut Line) {
    let mut message = Message(String::new());
    event.record(&mut message);
    line.text("msg", &message.0);
    event.record(&mut Fields(line));
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }
}

struct Fields<'a>(&'a mut Line);

impl Fields<'_> {
    fn is_ours(&self, field: &Field) -> bool {
        let name = field.name();
        // `log.*` repeats the metadata of records that come from the `log` crate.
        name != "message" && !name.starts_with("log.") && !RESERVED.contains(&name)
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.is_ours(field) {
            self.0.pair(field.name(), &format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.is_ours(field) {
            self.0.pair(field.name(), value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_str(field, itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record_str(field, if value { "true" } else { "false" });
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        if self.is_ours(field) {
            let chain = std::iter::successors(Some(value), |error| error.source());
            let text = chain
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": ");
            self.0.pair(field.name(), &text);
        }
    }
}

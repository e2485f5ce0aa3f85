//! Lines: logfmt on stdout, written by a thread of their own.

use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

pub(crate) use fields::RESERVED;
pub(crate) use logfmt::Line;
pub use logfmt::MAX_VALUE_BYTES;
pub use occasional::Occasional;
pub(crate) use output::Output;

mod clock;
mod fields;
mod logfmt;
mod occasional;
mod output;

/// Writes each `tracing` event as one line, with the ids of the request it happened in.
#[derive(Clone, Debug)]
pub struct LogLayer {
    output: Output,
    service_name: std::sync::Arc<str>,
}

impl LogLayer {
    pub(crate) fn new(output: Output, service_name: &str) -> Self {
        Self {
            output,
            service_name: service_name.into(),
        }
    }
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        self.output.line(|line| {
            line.begin(level(*metadata.level()));
            fields::write(event, line);
            line.text("target", metadata.target());
            line.text("service_name", &self.service_name);
            crate::request::write_ids(line);
        });
    }
}

fn level(level: tracing::Level) -> &'static str {
    match level {
        tracing::Level::ERROR => "error",
        tracing::Level::WARN => "warn",
        tracing::Level::INFO => "info",
        tracing::Level::DEBUG => "debug",
        tracing::Level::TRACE => "trace",
    }
}

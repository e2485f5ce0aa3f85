//! A message being sent or processed, reported exactly once.

use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;

/// Ends its span and counts what became of it, also when it is dropped or panics.
pub(super) struct Running<C: Fn(&SpanContext, &'static str)> {
    context: Context,
    count: C,
    ended: bool,
}

impl<C: Fn(&SpanContext, &'static str)> Running<C> {
    pub(super) fn new(context: Context, count: C) -> Self {
        Self {
            context,
            count,
            ended: false,
        }
    }

    /// Reports the end; an empty `error_type` is a success.
    pub(super) fn end(&mut self, error_type: &'static str) {
        self.ended = true;
        let span = self.context.span();
        if !error_type.is_empty() {
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, error_type));
            span.set_status(Status::error(error_type));
        }
        (self.count)(span.span_context(), error_type);
        span.end();
    }
}

impl<C: Fn(&SpanContext, &'static str)> Drop for Running<C> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(match std::thread::panicking() {
                true => "panic",
                false => "cancelled",
            });
        }
    }
}

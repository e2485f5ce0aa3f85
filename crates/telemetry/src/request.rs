//! What is known of the request under way, on whatever thread its code runs.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, SpanContext, TraceContextExt};
use parking_lot::Mutex;

use crate::logs::{Line, RESERVED};

/// How many fields code may add to the lines of a request.
const MAX_FIELDS: usize = 16;

/// One request; kept in the OpenTelemetry context, so that it follows the code that serves it.
#[derive(Debug)]
pub struct Request {
    id: String,
    root: SpanContext,
    fields: Mutex<Vec<(&'static str, String)>>,
}

impl Request {
    #[cfg(feature = "actix")]
    pub(crate) fn new(id: String, root: SpanContext) -> Self {
        Self {
            id,
            root,
            fields: Mutex::default(),
        }
    }

    /// The request that the calling code serves, if it serves one.
    pub fn current() -> Option<Arc<Self>> {
        Context::map_current(|context| context.get::<Arc<Self>>().cloned())
    }

    /// The id of `X-Request-Id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The trace, as 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.root.trace_id().to_string()
    }

    /// Adds a field to each later line of this request, its access line included. A name that is there
    /// already gets the new value; beyond 16 names, and of those a line itself has, nothing is added.
    pub fn add_field(&self, name: &'static str, value: impl Into<String>) {
        if RESERVED.contains(&name) {
            return;
        }
        let mut fields = self.fields.lock();
        if let Some((_, known)) = fields.iter_mut().find(|(known, _)| *known == name) {
            *known = value.into();
        } else if fields.len() < MAX_FIELDS {
            fields.push((name, value.into()));
        }
    }

    pub(crate) fn write_fields(&self, line: &mut Line) {
        for (name, value) in &*self.fields.lock() {
            line.pair(name, value);
        }
    }
}

/// Runs `future` without spans: for housekeeping such as probes, of which traces of their own would only be noise.
/// Metrics and lines stay.
pub fn untraced<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future.with_context(Context::current().with_telemetry_suppressed())
}

/// Appends the ids of the current span, and what is known of the request.
pub(crate) fn write_ids(line: &mut Line) {
    Context::map_current(|context| {
        if let Some(request) = context.get::<Arc<Request>>() {
            request.write_fields(line);
            line.text("request_id", &request.id);
        }
        write_span(context.span().span_context(), line);
    });
}

/// Appends the ids of `span`, if it has any.
pub(crate) fn write_span(span: &SpanContext, line: &mut Line) {
    if span.is_valid() {
        line.hex("trace_id", &span.trace_id().to_bytes());
        line.hex("span_id", &span.span_id().to_bytes());
        line.plain("sampled", if span.is_sampled() { "true" } else { "false" });
    }
}

#[cfg(all(test, feature = "actix"))]
mod tests {
    use opentelemetry::trace::SpanContext;

    use super::{MAX_FIELDS, Request};
    use crate::logs::{Line, MAX_VALUE_BYTES};

    const NAMES: [&str; MAX_FIELDS + 2] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
    ];

    fn request() -> Request {
        Request::new("id".to_owned(), SpanContext::empty_context())
    }

    fn written(request: &Request) -> String {
        let mut line = Line::default();
        request.write_fields(&mut line);
        String::from_utf8_lossy(line.finish()).into_owned()
    }

    #[test]
    fn fields_are_bounded_in_number_and_length() {
        let request = request();
        for name in NAMES {
            request.add_field(name, "x".repeat(100_000));
        }

        let line = written(&request);

        assert_eq!(line.matches('=').count(), MAX_FIELDS);
        assert!(line.len() < MAX_FIELDS * (MAX_VALUE_BYTES + 10));
    }

    #[test]
    fn the_last_value_counts_and_what_the_line_says_itself_cannot_be_set() {
        let request = request();
        request.add_field("customer.kind", "new");
        request.add_field("customer.kind", "returning");
        request.add_field("trace_id", "forged");
        request.add_field("level", "forged");

        assert_eq!(written(&request), " customer.kind=returning\n");
    }
}

//! The pointer from a bucket to a trace.

use opentelemetry::trace::SpanContext;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};

/// The ids of the span that was measured. Their names are those of the OpenMetrics specification's examples.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TraceExemplar(SpanContext);

/// An exemplar for a sampled span; another's trace would not be found.
pub(crate) fn exemplar(span: &SpanContext) -> Option<TraceExemplar> {
    span.is_sampled().then(|| TraceExemplar(span.clone()))
}

impl EncodeLabelSet for TraceExemplar {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        let trace = self.0.trace_id().to_string();
        let span = self.0.span_id().to_string();
        [("trace_id", trace.as_str()), ("span_id", span.as_str())].encode(encoder)
    }
}

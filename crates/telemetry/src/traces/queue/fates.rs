//! What becomes of spans, as metrics and as lines.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::logs::Occasional;
use crate::metrics::Metrics;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    error_type: &'static str,
}

/// What became of each span, by the names that OpenTelemetry's conventions give an SDK's own metrics.
#[derive(Clone, Debug)]
pub(super) struct Fates {
    pub(super) queued: Counter,
    pub(super) queue_full: Counter,
    pub(super) shut_down: Counter,
    pub(super) exported: Counter,
    pub(super) failed: Counter,
    pub(super) timed_out: Counter,
    pub(super) waiting: Gauge,
}

impl Fates {
    pub(super) fn register(metrics: &Metrics, capacity: usize) -> Self {
        let processed = Family::<Outcome, Counter>::default();
        let exported = Family::<Outcome, Counter>::default();
        let of = |family: &Family<Outcome, Counter>, error_type| {
            family.get_or_create_owned(&Outcome { error_type })
        };
        let size = Gauge::<i64>::default();
        size.set(i64::try_from(capacity).unwrap_or(i64::MAX));
        let fates = Self {
            queued: of(&processed, ""),
            queue_full: of(&processed, "queue_full"),
            shut_down: of(&processed, "shutdown"),
            exported: of(&exported, ""),
            failed: of(&exported, "rejected"),
            timed_out: of(&exported, "timeout"),
            waiting: Gauge::default(),
        };
        metrics.register(
            "otel_sdk_processor_span_processed",
            "Spans taken into the queue, or dropped before it",
            processed,
        );
        metrics.register(
            "otel_sdk_exporter_span_exported",
            "Spans the collector took, or that were lost on the way",
            exported,
        );
        metrics.register(
            "otel_sdk_processor_span_queue_size",
            "Spans that wait to be sent",
            fates.waiting.clone(),
        );
        metrics.register(
            "otel_sdk_processor_span_queue_capacity",
            "Spans that may wait to be sent",
            size,
        );
        fates
    }
}

/// What is told of losses, now and then.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) full: Occasional,
    pub(super) failed: Occasional,
}

impl Losses {
    pub(super) fn tell_full(spans: u64) {
        tracing::warn!(spans, "spans dropped: the queue is full");
    }

    pub(super) fn tell_failed(spans: u64, reason: &str) {
        tracing::warn!(spans, reason, "spans lost: the collector did not take them");
    }

    /// Tells what became due since the last line.
    pub(super) fn tell_due(&self) {
        if let Some(spans) = self.full.happened(0) {
            Self::tell_full(spans);
        }
        if let Some(spans) = self.failed.happened(0) {
            Self::tell_failed(spans, "see the line before");
        }
    }

    /// Tells what no line has told yet.
    pub(super) fn tell_rest(&self) {
        if let Some(spans) = self.full.rest() {
            Self::tell_full(spans);
        }
        if let Some(spans) = self.failed.rest() {
            Self::tell_failed(spans, "see the line before");
        }
    }
}

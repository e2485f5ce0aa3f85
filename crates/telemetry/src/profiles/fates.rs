//! What becomes of samples and profiles, as metrics and as lines.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Unit;

use crate::logs::Occasional;
use crate::metrics::Metrics;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    error_type: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Watch {
    state: &'static str,
}

/// What became of each profile and each sample.
#[derive(Clone, Debug)]
pub(super) struct Fates {
    pub(super) pushed: Counter,
    pub(super) unreachable: Counter,
    pub(super) timed_out: Counter,
    pub(super) rejected: Counter,
    pub(super) unmade: Counter,
    pub(super) samples: Counter,
    pub(super) ring_full: Counter,
    pub(super) too_many_stacks: Counter,
    pub(super) too_large: Counter,
    pub(super) truncated: Counter,
    pub(super) cpu: Counter<f64, AtomicU64>,
    pub(super) watched: Gauge,
    pub(super) unwatched: Gauge,
    pub(super) span_labels: Gauge,
    losses: Arc<Occasional>,
}

impl Fates {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let pushed = Family::<Outcome, Counter>::default();
        let dropped = Family::<Reason, Counter>::default();
        let threads = Family::<Watch, Gauge>::default();
        let outcome = |error_type| pushed.get_or_create_owned(&Outcome { error_type });
        let reason = |reason| dropped.get_or_create_owned(&Reason { reason });
        let state = |state| threads.get_or_create_owned(&Watch { state });
        let fates = Self {
            pushed: outcome(""),
            unreachable: outcome("connection"),
            timed_out: outcome("timeout"),
            rejected: outcome("rejected"),
            unmade: outcome("not_made"),
            samples: Counter::default(),
            ring_full: reason("ring_full"),
            too_many_stacks: reason("too_many_stacks"),
            too_large: reason("too_large"),
            truncated: Counter::default(),
            cpu: Counter::default(),
            watched: state("watched"),
            unwatched: state("unwatched"),
            span_labels: Gauge::default(),
            losses: Arc::default(),
        };
        metrics.register(
            "telemetry_profiles_pushed",
            "Profiles Pyroscope took, or that were lost on the way",
            pushed,
        );
        metrics.register(
            "telemetry_profile_samples_taken",
            "Samples of threads that used the CPU",
            fates.samples.clone(),
        );
        metrics.register(
            "telemetry_profile_samples_dropped",
            "Samples that are in no profile",
            dropped,
        );
        metrics.register(
            "telemetry_profile_stacks_truncated",
            "Samples whose outermost callers were cut off",
            fates.truncated.clone(),
        );
        metrics.register_with_unit(
            "telemetry_profile_cpu",
            "CPU time that samples stand for",
            Unit::Seconds,
            fates.cpu.clone(),
        );
        metrics.register(
            "telemetry_profile_threads",
            "Threads that are sampled, or cannot be",
            threads,
        );
        metrics.register(
            "telemetry_profile_span_labels",
            "Whether samples carry the span that was being polled",
            fates.span_labels.clone(),
        );
        fates
    }

    /// A profile is lost; says so now and then.
    pub(super) fn lost(&self, fate: &Counter, reason: &str) {
        fate.inc();
        if let Some(profiles) = self.losses.happened(1) {
            tell(profiles, reason);
        }
    }

    /// Says what no line has said yet.
    pub(super) fn tell_rest(&self) {
        if let Some(profiles) = self.losses.rest() {
            tell(profiles, "see the line before");
        }
    }

    /// Counts samples, and what they stand for.
    pub(super) fn sampled(&self, samples: u64, time: Duration) {
        self.samples.inc_by(samples);
        self.cpu.inc_by(time.as_secs_f64());
    }
}

fn tell(profiles: u64, reason: &str) {
    tracing::warn!(
        profiles,
        reason,
        "profiles lost: pyroscope did not take them"
    );
}

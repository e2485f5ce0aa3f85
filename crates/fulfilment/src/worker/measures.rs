//! The metrics of attempts.

use std::time::{Duration, SystemTime};

use domain::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;
use storage::Lease;
use telemetry::Metrics;

/// Bounds of the wait for a worker: 1 s is what a demo should stay below, 60 s what an alert asks for.
const WAIT_SECONDS: [f64; 12] = [
    0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0, 3_600.0,
];

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Retried,
    Dead,
    /// Somebody else has the job.
    LeaseLost,
    /// The process ended.
    GivenBack,
    /// The database could not be told; the lease will end.
    Unsettled,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct Measures {
    attempts: Family<Labels, Counter>,
    dead_letters: Counter,
    wait: Histogram,
    busy: Gauge,
}

/// Counts a worker as busy until it is dropped.
pub(super) struct Busy(Gauge);

impl Outcome {
    const ALL: [Self; 6] = [
        Self::Done,
        Self::Retried,
        Self::Dead,
        Self::LeaseLost,
        Self::GivenBack,
        Self::Unsettled,
    ];

    /// The word for it, as a label and on lines.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::LeaseLost => "lease_lost",
            Self::GivenBack => "given_back",
            Self::Unsettled => "unsettled",
        }
    }

    fn labels(self) -> Labels {
        Labels {
            outcome: self.as_str(),
        }
    }
}

impl Measures {
    pub(super) fn register(metrics: &Metrics, workers: u32) -> Self {
        let measures = Self {
            attempts: Family::default(),
            dead_letters: Counter::default(),
            wait: Histogram::new(WAIT_SECONDS),
            busy: Gauge::default(),
        };
        for outcome in Outcome::ALL {
            measures.attempts.get_or_create_owned(&outcome.labels());
        }
        metrics.register(
            "job_attempts",
            "Attempts at jobs that have ended",
            measures.attempts.clone(),
        );
        metrics.register(
            "job_dead_letters",
            "Jobs that were given up",
            measures.dead_letters.clone(),
        );
        metrics.register_with_unit(
            "job_wait",
            "Time from when a job was due until a worker had it",
            Unit::Seconds,
            measures.wait.clone(),
        );
        metrics.register(
            "job_workers_busy",
            "Jobs under way in this process",
            measures.busy.clone(),
        );
        let most = Gauge::<i64>::default();
        most.set(workers.into());
        metrics.register(
            "job_workers_max",
            "Jobs that may be under way in this process",
            most,
        );
        measures
    }

    /// Counts a job that a worker has from now on.
    pub(super) fn claimed(&self, lease: &Lease) -> Busy {
        let now = Timestamp::from(SystemTime::now());
        let waited = now.millis().saturating_sub(lease.due_at.millis());
        let waited = Duration::from_millis(u64::try_from(waited).unwrap_or(0));
        self.wait.observe(waited.as_secs_f64());
        self.busy.inc();
        Busy(self.busy.clone())
    }

    /// Counts a job that was given up without a worker.
    pub(super) fn buried(&self) {
        self.dead_letters.inc();
    }

    /// Counts what became of it.
    pub(super) fn ended(&self, outcome: Outcome) {
        self.attempts.get_or_create_owned(&outcome.labels()).inc();
        if outcome == Outcome::Dead {
            self.buried();
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.dec();
    }
}

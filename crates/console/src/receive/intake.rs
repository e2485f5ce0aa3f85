//! From a decoded body to the store, and what to tell its sender.

use std::sync::Arc;

use wire::otlp;

use super::rate::Rate;
use super::{line, metrics};
use crate::store::{Signal, Store};

/// One item above this cannot be telemetry.
const LONGEST_ITEM: usize = 256 * 1024;
/// A metric brings a point for each of its label sets, of which an SDK has up to 2,000 by default.
const LONGEST_METRIC: usize = 1024 * 1024;

/// What became of the items of a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many were taken.
    pub taken: u64,
    /// How many were refused.
    pub refused: u64,
    /// Why the first of those was.
    pub reason: String,
}

/// Why a push was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More comes than is taken.
    #[error("more comes than is taken: try again in a second")]
    TooMuch,
    /// What came is not what it says it is.
    #[error("{0}")]
    Malformed(String),
    /// The format is one that is not read here.
    #[error("{0}")]
    Unsupported(String),
    /// Its sender may not send here.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It is larger than what is taken.
    #[error("the body holds more than {limit} bytes")]
    TooLarge {
        /// What is taken, in bytes.
        limit: usize,
    },
}

impl Refusal {
    /// The word under which it is counted.
    fn reason(&self) -> &'static str {
        match self {
            Self::TooMuch => "rate",
            Self::Malformed(_) => "malformed",
            Self::Unsupported(_) => "unsupported",
            Self::Forbidden(_) => "forbidden",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

/// Takes pushes into a store. A clone is the same intake.
#[derive(Clone, Debug)]
pub struct Intake {
    pub(crate) store: Store,
    rates: Arc<[Rate; 4]>,
}

impl Outcome {
    /// Notes that items were refused, which whoever found it out has counted.
    pub(crate) fn refuse(&mut self, items: u64, words: &str) {
        if self.reason.is_empty() && items > 0 {
            words.clone_into(&mut self.reason);
        }
        self.refused += items;
    }
}

impl Intake {
    /// Takes pushes into `store`, as much as its limits say.
    pub fn new(store: Store) -> Self {
        let rate = || Rate::new(store.limits.items_per_second);
        Self {
            rates: Arc::new([rate(), rate(), rate(), rate()]),
            store,
        }
    }

    /// Bytes of one push, unpacked.
    pub(crate) fn push_bytes(&self) -> usize {
        self.store.limits.push_bytes
    }

    /// Takes the protobuf form of an OTLP export request.
    ///
    /// # Errors
    /// [`Refusal`], if nothing of it was taken, or it broke off in the middle.
    pub fn otlp(&self, signal: otlp::Signal, body: &[u8]) -> Result<Outcome, Refusal> {
        match signal {
            otlp::Signal::Traces => self.traces(body),
            otlp::Signal::Logs => self.logs(body),
            otlp::Signal::Metrics => self.metrics(body),
        }
    }

    fn traces(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Traces)?;
        let mut outcome = Outcome::default();
        let read = otlp::each_span(body, LONGEST_ITEM, |origin, span| match span {
            Ok(span) => {
                self.store.spans.lock().push(origin, &span);
                outcome.taken += 1;
            }
            Err(error) => self.invalid(Signal::Traces, &error, &mut outcome),
        });
        self.settle(Signal::Traces, outcome, read)
    }

    fn logs(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Logs)?;
        let mut outcome = Outcome::default();
        let read = otlp::each_log(body, LONGEST_ITEM, |origin, record| match record {
            Ok(record) => {
                line::push_record(&self.store, origin, &record);
                outcome.taken += 1;
            }
            Err(error) => self.invalid(Signal::Logs, &error, &mut outcome),
        });
        self.settle(Signal::Logs, outcome, read)
    }

    fn metrics(&self, body: &[u8]) -> Result<Outcome, Refusal> {
        self.admit(Signal::Metrics)?;
        let mut outcome = Outcome::default();
        let read = otlp::each_metric(body, LONGEST_METRIC, |origin, metric| match metric {
            Ok(metric) => metrics::push_metric(&self.store, origin, &metric, &mut outcome),
            Err(error) => self.invalid(Signal::Metrics, &error, &mut outcome),
        });
        self.settle(Signal::Metrics, outcome, read)
    }

    /// Whether a push of this signal may come now.
    pub(crate) fn admit(&self, signal: Signal) -> Result<(), Refusal> {
        match self.rates[signal as usize].is_open() {
            true => Ok(()),
            false => Err(self.refuse(signal, Refusal::TooMuch)),
        }
    }

    /// Counts what became of a push.
    pub(crate) fn settle(
        &self,
        signal: Signal,
        outcome: Outcome,
        read: Result<(), impl std::error::Error>,
    ) -> Result<Outcome, Refusal> {
        self.count(signal, &outcome);
        match read {
            Ok(()) => Ok(outcome),
            Err(error) => Err(self.malformed(signal, &error)),
        }
    }

    /// Counts what was taken towards what may come in this second.
    pub(crate) fn count(&self, signal: Signal, outcome: &Outcome) {
        self.rates[signal as usize].take(outcome.taken);
    }

    /// Counts an item that cannot be read, while others of its push can.
    pub(crate) fn invalid(
        &self,
        signal: Signal,
        error: &dyn std::error::Error,
        outcome: &mut Outcome,
    ) {
        self.store.refusals.add(signal, "invalid", 1);
        outcome.refuse(1, &chain(error));
    }

    /// Counts a body that cannot be read.
    pub(crate) fn malformed(&self, signal: Signal, error: &dyn std::error::Error) -> Refusal {
        self.refuse(signal, Refusal::Malformed(chain(error)))
    }

    /// Counts a push that is refused as a whole.
    pub(crate) fn refuse(&self, signal: Signal, refusal: Refusal) -> Refusal {
        self.store.refusals.add(signal, refusal.reason(), 1);
        refusal
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.chars().take(500).collect()
}

//! One backend, one fault.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::backend::Backend;
use crate::counters::Counters;
use crate::doctor::Diagnosis;
use crate::fault::{Fault, Lasting};
use crate::interrupt::Interrupt;
use crate::load::{Load, p99};
use crate::losses::{self, Losses};
use crate::memory::{Growth, Watch};
use crate::signals::{self, Flow};
use crate::stack::Stack;
use crate::stores::Stores;

/// Far above the longest wait of a sender between two attempts.
const BACK: Duration = Duration::from_secs(60);
/// Tempo has what came in the last seconds in memory alone: that, too, can be lost.
const BEFORE: Duration = Duration::from_secs(6);
/// More than this, and a queue has no bound.
const SERVICE_GROWTH: u64 = 64 << 20;
const ALLOY_GROWTH: u64 = 256 << 20;
/// In seconds: what `doctor` finds lost is not there later either.
const DOCTOR: &str = "1";

/// How long things last.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) calm: Duration,
    pub(crate) fault: Duration,
    /// How late something may come and not be lost.
    pub(crate) late: Duration,
}

impl Times {
    pub(crate) const FULL: Self = Self {
        calm: Duration::from_secs(6),
        fault: Duration::from_secs(15),
        late: Duration::from_secs(15),
    };
    pub(crate) const QUICK: Self = Self {
        calm: Duration::from_secs(4),
        fault: Duration::from_secs(8),
        late: Duration::from_secs(6),
    };
}

/// What a fault did.
pub(crate) struct Outcome {
    pub(crate) backend: Backend,
    pub(crate) fault: Fault,
    pub(crate) lasted: Duration,
    pub(crate) requests: usize,
    pub(crate) failures: Vec<String>,
    pub(crate) before: Duration,
    pub(crate) during: Duration,
    pub(crate) growth: Growth,
    pub(crate) flow: Flow,
    pub(crate) losses: Losses,
    pub(crate) counted: Vec<(&'static str, &'static str, f64)>,
    pub(crate) diagnosis: Option<Diagnosis>,
}

/// Who runs, who asks, and who is asked.
pub(crate) struct Place {
    pub(crate) stack: Stack,
    pub(crate) stores: Stores,
    pub(crate) load: Load,
    pub(crate) interrupt: Interrupt,
}

/// Breaks it, waits, makes it well, and looks at what is missing.
pub(crate) fn run(
    place: &mut Place,
    backend: Backend,
    fault: Fault,
    times: Times,
) -> anyhow::Result<Outcome> {
    let interrupt = place.interrupt.clone();
    let calm = Timestamp::now();
    interrupt.sleep(times.calm)?;
    let counters = Counters::read(&place.stack);
    let watch = Watch::begin(&place.stack);

    let (began, clock) = (Timestamp::now(), Instant::now());
    let lasting = Lasting::begin(&mut place.stack, backend, fault)?;
    let diagnosis = diagnose(place, backend, times, clock);
    lasting.end(&mut place.stack, backend)?;
    let diagnosis = diagnosis?;
    let (ended, lasted) = (Timestamp::now(), clock.elapsed());

    let flow = signals::wait(&place.stores, &place.load, ended, BACK, &interrupt)?;
    let from = began - BEFORE;
    let losses = losses::count(
        &place.stores,
        &place.load,
        from,
        ended,
        times.late,
        &interrupt,
    )?;
    let during = place.load.between(began, ended);
    let all = place.load.between(calm, Timestamp::now());
    Ok(Outcome {
        backend,
        fault,
        lasted,
        requests: all.len(),
        failures: all.into_iter().filter_map(|done| done.failure).collect(),
        before: p99(&place.load.between(calm, began)),
        during: p99(&during),
        growth: watch.end()?,
        flow,
        losses,
        counted: Counters::read(&place.stack).since(&counters),
        diagnosis,
    })
}

/// Asks the doctor, if it looks there, for at least as long as the fault is to last.
fn diagnose(
    place: &Place,
    backend: Backend,
    times: Times,
    began: Instant,
) -> anyhow::Result<Option<Diagnosis>> {
    // Signals that were under way may still arrive, and what is full must be found to be so.
    place.interrupt.sleep(times.fault / 2)?;
    let diagnosis = match backend.is_a_hop() {
        true => {
            let doctor = place
                .stack
                .native
                .command(&["doctor", "--patience", DOCTOR]);
            Some(Diagnosis::ask(doctor, &place.interrupt)?)
        }
        false => None,
    };
    place
        .interrupt
        .sleep(times.fault.saturating_sub(began.elapsed()))?;
    Ok(diagnosis)
}

impl Outcome {
    /// What is not as promised; empty if all is.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut unless = |well: bool, what: String| {
            if !well {
                complaints.push(what);
            }
        };
        let first = self.failures.first().cloned().unwrap_or_default();
        unless(
            self.failures.is_empty(),
            format!(
                "{} requests failed, the first: {first}",
                self.failures.len()
            ),
        );
        for signal in &self.flow.missing {
            unless(
                false,
                format!("{signal} did not come back within {} s", BACK.as_secs()),
            );
        }
        unless(
            self.growth.service <= SERVICE_GROWTH && self.growth.alloy <= ALLOY_GROWTH,
            "memory grew beyond its bound".to_owned(),
        );
        let must_name = matches!(self.fault, Fault::Killed | Fault::Hung);
        if let Some(diagnosis) = self.diagnosis.as_ref().filter(|_| must_name) {
            unless(
                diagnosis.names(self.backend.name()),
                format!("doctor does not name it:\n{}", diagnosis.text),
            );
        }
        complaints
    }
}

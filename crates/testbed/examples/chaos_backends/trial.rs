//! One backend, one fault.

use std::time::Duration;

use anyhow::ensure;
use jiff::Timestamp;

use crate::backend::Backend;
use crate::counters::Counters;
use crate::doctor::Diagnosis;
use crate::fault::{Fault, Lasting};
use crate::interrupt::Interrupt;
use crate::load::Load;
use crate::memory::Watch;
use crate::outcome::Outcome;
use crate::phase::Began;
use crate::recovery::{self, Trial};
use crate::signals;
use crate::stack::Stack;
use crate::stores::Stores;

/// Until the first of everything is in its store.
const FIRST: Duration = Duration::from_secs(60);

/// How long things last.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// Before and during a fault: as long, so that what fails without one is seen.
    pub(crate) fault: Duration,
    /// How late something may come and not be lost.
    pub(crate) late: Duration,
}

impl Times {
    pub(crate) const FULL: Self = Self {
        fault: Duration::from_secs(15),
        late: Duration::from_secs(15),
    };
    pub(crate) const QUICK: Self = Self {
        fault: Duration::from_secs(8),
        late: Duration::from_secs(6),
    };
}

/// Who runs, who asks, and who is asked.
pub(crate) struct Place {
    pub(crate) stack: Stack,
    pub(crate) stores: Stores,
    pub(crate) load: Load,
    pub(crate) interrupt: Interrupt,
    /// What `doctor` said of earlier losses when it was last asked.
    pub(crate) told: Vec<String>,
}

impl Place {
    /// What doctor says.
    pub(crate) fn ask(&self, arguments: &[&str]) -> anyhow::Result<Diagnosis> {
        let arguments = [&["doctor"], arguments].concat();
        Diagnosis::ask(self.stack.native.command(&arguments), &self.interrupt)
    }
}

/// Waits until all is well before the first fault.
pub(crate) fn settle(place: &mut Place) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let flow = signals::wait(&place.stores, &place.load, now, FIRST, &place.interrupt)?;
    ensure!(
        flow.missing.is_empty(),
        "nothing is broken yet, and there is none of {:?}",
        flow.missing
    );
    let diagnosis = place.ask(&[])?;
    ensure!(
        diagnosis.hops.is_empty(),
        "nothing is broken yet, and doctor says:\n{}",
        diagnosis.text
    );
    place.told = diagnosis.earlier;
    Ok(())
}

/// Breaks it, waits, makes it well, and looks at what is missing.
pub(crate) fn run(
    place: &mut Place,
    backend: Backend,
    fault: Fault,
    times: Times,
) -> anyhow::Result<Outcome> {
    let calm = Began::now();
    place.interrupt.sleep(times.fault)?;
    let before = calm.end(&place.load);
    let counters = Counters::read(&place.stack);
    let watch = Watch::begin(&place.stack);
    let origin = place.stack.native.running(backend.part()).origin();

    let began = Began::now();
    let lasting = Lasting::begin(&mut place.stack, backend, fault)?;
    let diagnosis = diagnose(place, backend, times, &began);
    lasting.end(&mut place.stack, backend)?;
    let diagnosis = diagnosis?;
    let (ended, lasted) = (Timestamp::now(), began.elapsed());
    let during = began.end(&place.load);

    let trial = Trial {
        backend,
        origin,
        counters,
        calm: calm.at,
        ended,
        late: times.late,
    };
    let recovery = recovery::watch(place, &trial)?;
    Ok(Outcome {
        backend,
        fault,
        lasted,
        before,
        during,
        since: began.end(&place.load),
        growth: watch.end()?,
        diagnosis,
        recovery,
    })
}

/// Asks the doctor, if it looks there, for at least as long as the fault is to last.
fn diagnose(
    place: &Place,
    backend: Backend,
    times: Times,
    began: &Began,
) -> anyhow::Result<Option<Diagnosis>> {
    // Signals that were under way may still arrive, and what is full must be found to be so.
    place.interrupt.sleep(times.fault / 2)?;
    // What it finds lost is not there later either; but profiles leave every two seconds.
    let diagnosis = backend.is_a_hop().then(|| place.ask(&["--patience", "3"]));
    let rest = times.fault.saturating_sub(began.elapsed());
    place.interrupt.sleep(rest)?;
    diagnosis.transpose()
}

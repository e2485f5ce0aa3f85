//! One backend, one fault.

use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::Timestamp;
use testbed::Origin;

use crate::backend::Backend;
use crate::counters::Counters;
use crate::doctor::Diagnosis;
use crate::fault::{Fault, Lasting};
use crate::interrupt::Interrupt;
use crate::load::Load;
use crate::losses;
use crate::memory::Watch;
use crate::outcome::{BACK, Outcome};
use crate::phase::Began;
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

/// Waits until all is well before the first fault.
pub(crate) fn settle(place: &mut Place) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let flow = signals::wait(&place.stores, &place.load, now, FIRST, &place.interrupt)?;
    ensure!(
        flow.missing.is_empty(),
        "nothing is broken yet, and there is none of {:?}",
        flow.missing
    );
    let diagnosis = ask(place, &[])?;
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
    let interrupt = place.interrupt.clone();
    let calm = Began::now();
    interrupt.sleep(times.fault)?;
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

    let mut ended_itself = revive(place, backend, &origin);
    let mut flow = signals::wait(&place.stores, &place.load, ended, BACK, &interrupt)?;
    if !flow.missing.is_empty() && revive(place, backend, &origin) {
        ended_itself = true;
        let revived = Timestamp::now();
        flow = signals::wait(&place.stores, &place.load, revived, BACK, &interrupt)?;
    }
    let losses = losses::count(
        &place.stores,
        &place.load,
        // What was acknowledged before, and not yet written, can be lost too.
        calm.at,
        ended,
        times.late,
        &interrupt,
    )?;
    let counted = Counters::read(&place.stack).since(&counters);
    ended_itself |= revive(place, backend, &origin);
    let after = backend
        .is_a_hop()
        .then(|| recovery(place, losses.are_of_services()));
    let after = after.transpose()?;
    let told = after.as_ref().map(|after| news(place, after));
    if let Some(after) = &after {
        place.told.clone_from(&after.earlier);
    }
    Ok(Outcome {
        backend,
        fault,
        lasted,
        before,
        during,
        since: began.end(&place.load),
        growth: watch.end()?,
        ended_itself,
        flow,
        losses,
        counted,
        diagnosis,
        after,
        told: told.unwrap_or_default(),
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
    // What it finds lost is not there later either, so it is not to wait.
    let diagnosis = backend.is_a_hop().then(|| ask(place, &["--patience", "1"]));
    let rest = times.fault.saturating_sub(began.elapsed());
    place.interrupt.sleep(rest)?;
    diagnosis.transpose()
}

/// Asks the doctor until all is well, and what is lost is told: some of what waited is given up later than the rest
/// flows, and who was started again is not at once in the metrics.
fn recovery(place: &Place, is_lost: bool) -> anyhow::Result<Diagnosis> {
    let began = Instant::now();
    loop {
        let diagnosis = ask(place, &[])?;
        let is_told = !is_lost || !news(place, &diagnosis).is_empty();
        if diagnosis.hops.is_empty() && is_told || BACK < began.elapsed() {
            return Ok(diagnosis);
        }
    }
}

/// Starts it again if it ended itself, as the engine does with a container. Whether it had.
fn revive(place: &mut Place, backend: Backend, origin: &Origin) -> bool {
    let running = place.stack.native.running(backend.part());
    let is_gone = running.resident_bytes().is_none();
    if is_gone {
        place.stack.native.start(backend.part(), origin);
    }
    is_gone
}

fn ask(place: &Place, arguments: &[&str]) -> anyhow::Result<Diagnosis> {
    let arguments = [&["doctor"], arguments].concat();
    Diagnosis::ask(place.stack.native.command(&arguments), &place.interrupt)
}

/// What it did not say before.
fn news(place: &Place, diagnosis: &Diagnosis) -> Vec<String> {
    let earlier = diagnosis.earlier.iter();
    earlier
        .filter(|sentence| !place.told.contains(sentence))
        .cloned()
        .collect()
}

//! What becomes of a backend when its fault is over: what flows again, what is lost, and whether doctor tells it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use testbed::Origin;

use crate::backend::Backend;
use crate::counters::Counters;
use crate::doctor::Diagnosis;
use crate::losses::{self, Losses};
use crate::signals::{self, Flow};
use crate::trial::Place;

/// Far above the longest wait of a sender between two attempts.
pub(crate) const BACK: Duration = Duration::from_secs(60);
pub(crate) struct Recovery {
    pub(crate) flow: Flow,
    pub(crate) losses: Losses,
    pub(crate) counted: Vec<(&'static str, &'static str, f64)>,
    /// It could not stand the fault, and was started again as an engine would start a container.
    pub(crate) ended_itself: bool,
    /// It was started again because doctor said so.
    pub(crate) restarted: bool,
    /// What doctor said when all flowed again; none where it does not look.
    pub(crate) after: Option<Diagnosis>,
    /// What of that is of this loss.
    pub(crate) told: Vec<String>,
}

/// The time of a trial, and how it was before.
pub(crate) struct Trial {
    pub(crate) backend: Backend,
    pub(crate) origin: Origin,
    pub(crate) counters: Counters,
    /// What was acknowledged before the fault, and not yet written, can be lost too.
    pub(crate) calm: Timestamp,
    pub(crate) ended: Timestamp,
    /// How late something may come and not be lost.
    pub(crate) late: Duration,
}

/// Waits for all to be well, and counts what is not there.
pub(crate) fn watch(place: &mut Place, trial: &Trial) -> anyhow::Result<Recovery> {
    let mut ended_itself = revive(place, trial);
    let mut flow = flow(place, trial.ended)?;
    if !flow.missing.is_empty() && revive(place, trial) {
        ended_itself = true;
        flow = self::flow(place, Timestamp::now())?;
    }
    let losses = losses::count(
        &place.stores,
        &place.load,
        trial.calm,
        trial.ended,
        trial.late,
        &place.interrupt,
    )?;
    let counted = Counters::read(&place.stack).since(&trial.counters);
    ended_itself |= revive(place, trial);

    let mut recovery = Recovery {
        flow,
        losses,
        counted,
        ended_itself,
        restarted: false,
        after: None,
        told: Vec::new(),
    };
    if trial.backend.is_a_hop() {
        recovery.ask(place, trial)?;
    }
    Ok(recovery)
}

impl Recovery {
    /// By us, for whatever reason.
    pub(crate) fn took_a_start(&self) -> bool {
        self.ended_itself || self.restarted
    }

    /// Hears doctor, does what it says, and keeps what it said of this loss.
    fn ask(&mut self, place: &mut Place, trial: &Trial) -> anyhow::Result<()> {
        let (backend, is_lost) = (trial.backend, self.losses.are_of_services());
        let mut after = diagnose(place, backend, is_lost)?;
        self.restarted = after.wants_restart_of(backend.name());
        if self.restarted {
            let origin = place.stack.native.kill(backend.part());
            place.stack.native.start(backend.part(), &origin);
            after = diagnose(place, backend, is_lost)?;
        }
        self.told = news(place, &after);
        place.told.clone_from(&after.earlier);
        self.after = Some(after);
        Ok(())
    }
}

fn flow(place: &Place, since: Timestamp) -> anyhow::Result<Flow> {
    signals::wait(&place.stores, &place.load, since, BACK, &place.interrupt)
}

/// Starts it again if it ended itself. Whether it had.
fn revive(place: &mut Place, trial: &Trial) -> bool {
    let part = trial.backend.part();
    let is_gone = place.stack.native.running(part).resident_bytes().is_none();
    if is_gone {
        place.stack.native.start(part, &trial.origin);
    }
    is_gone
}

/// Asks until all is well and what is lost is told, or nothing but a new start helps: some of what waited is given up
/// later than the rest flows, and who was started again is not at once in the metrics.
fn diagnose(place: &Place, backend: Backend, is_lost: bool) -> anyhow::Result<Diagnosis> {
    let began = Instant::now();
    loop {
        let diagnosis = place.ask(&[])?;
        let is_told = !is_lost || !news(place, &diagnosis).is_empty();
        let is_well = diagnosis.hops.is_empty() && is_told;
        let is_over = is_well || diagnosis.wants_restart_of(backend.name());
        if is_over || BACK < began.elapsed() {
            return Ok(diagnosis);
        }
    }
}

/// What it did not say before.
fn news(place: &Place, diagnosis: &Diagnosis) -> Vec<String> {
    let earlier = diagnosis.earlier.iter();
    earlier
        .filter(|sentence| !place.told.contains(sentence))
        .cloned()
        .collect()
}

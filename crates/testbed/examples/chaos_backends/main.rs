//! Breaks each backend of native mode under load, and counts what it costs: no request may.
//!
//! `just chaos` builds what it starts and runs it.

mod arguments;
mod backend;
mod counters;
mod disk;
mod doctor;
mod fault;
mod interrupt;
mod load;
mod losses;
mod memory;
mod screen;
mod signals;
mod stack;
mod stores;
mod trial;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use jiff::Timestamp;

use arguments::Arguments;
use backend::Backend;
use doctor::Diagnosis;
use fault::Fault;
use interrupt::Interrupt;
use load::Load;
use stack::Stack;
use stores::Stores;
use trial::{Outcome, Place, Times};

/// Until the first of everything is in its store.
const FIRST: Duration = Duration::from_secs(60);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let interrupt = Interrupt::listen()?;
    let began = Instant::now();
    let trials = arguments.trials();
    let full = trials.iter().filter(|(_, fault)| *fault == Fault::Full);
    let full: Vec<Backend> = full.map(|(backend, _)| *backend).collect();
    let stack = Stack::start(&arguments.quartet, &arguments.project, &full)?;
    screen::opening(trials.len(), stack.native.folder());
    let mut place = Place {
        stores: Stores::of(&stack),
        load: Load::start(stack.address("QUARTET_API_HTTP_ADDRESS"))?,
        stack,
        interrupt,
    };

    let outcomes = all(&mut place, &trials, arguments.times());
    let sound = match &outcomes {
        Ok(outcomes) => {
            screen::table(outcomes);
            screen::verdict(outcomes, began.elapsed());
            let sound = |outcome: &Outcome| outcome.complaints().is_empty();
            outcomes.iter().all(sound) && is_well(&place)?
        }
        Err(_) => false,
    };
    if arguments.keep || !(sound || place.interrupt.is_set()) {
        screen::kept(place.stack.native.folder());
        place.stack.native.keep();
    }
    outcomes?;
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn all(
    place: &mut Place,
    trials: &[(Backend, Fault)],
    times: Times,
) -> anyhow::Result<Vec<Outcome>> {
    let flow = signals::wait(
        &place.stores,
        &place.load,
        Timestamp::now(),
        FIRST,
        &place.interrupt,
    )?;
    ensure!(
        flow.missing.is_empty(),
        "nothing is broken yet, and there is none of {:?}",
        flow.missing
    );
    let mut outcomes = Vec::new();
    for (backend, fault) in trials {
        screen::beginning(*backend, *fault);
        if *fault == Fault::Full && backend.disk_mebibytes().is_none() {
            screen::skipped("it keeps nothing on a disk");
            continue;
        }
        let outcome = trial::run(place, *backend, *fault, times)?;
        screen::ended(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Whether nothing that was broken still is.
fn is_well(place: &Place) -> anyhow::Result<bool> {
    let doctor = place.stack.native.command(&["doctor"]);
    let diagnosis = Diagnosis::ask(doctor, &place.interrupt)?;
    if !diagnosis.hops.is_empty() {
        screen::not_well(&diagnosis.text);
    }
    Ok(diagnosis.hops.is_empty())
}

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
mod outcome;
mod phase;
mod recovery;
mod screen;
mod signals;
mod stack;
mod stores;
mod trial;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use arguments::Arguments;
use backend::Backend;
use fault::Fault;
use interrupt::Interrupt;
use load::Load;
use outcome::Outcome;
use stack::Stack;
use stores::Stores;
use trial::{Place, Times};

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let interrupt = Interrupt::listen()?;
    let began = Instant::now();
    let trials = arguments.trials();
    let full = trials.iter().filter(|(_, fault)| *fault == Fault::Full);
    let full = full.filter(|(backend, _)| disk::hindrance(*backend).is_none());
    let full: Vec<Backend> = full.map(|(backend, _)| *backend).collect();
    let stack = Stack::start(&arguments.quartet, &arguments.project, &full)?;
    screen::opening(trials.len(), stack.native.folder());
    let mut place = Place {
        stores: Stores::of(&stack),
        load: Load::start(stack.address("QUARTET_API_HTTP_ADDRESS"))?,
        stack,
        interrupt,
        told: Vec::new(),
    };

    let outcomes = all(&mut place, &trials, arguments.times());
    let sound = match &outcomes {
        Ok(outcomes) => {
            screen::table(outcomes);
            screen::verdict(outcomes, began.elapsed());
            let sound = |outcome: &Outcome| outcome.complaints().is_empty();
            outcomes.iter().all(sound)
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
    trial::settle(place)?;
    let mut outcomes = Vec::new();
    for (backend, fault) in trials {
        screen::beginning(*backend, *fault);
        if let Some(why) = hindrance(*backend, *fault) {
            screen::skipped(why);
            continue;
        }
        let outcome = trial::run(place, *backend, *fault, times)?;
        screen::ended(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Why this cannot be tried here; none if it can.
fn hindrance(backend: Backend, fault: Fault) -> Option<&'static str> {
    match fault {
        Fault::Full => disk::hindrance(backend),
        _ => None,
    }
}

//! Kills services and database at random instants under load, and counts whether an order was lost or doubled.
//!
//! `just chaos-orders` builds what it starts and runs it.

mod arguments;
mod audit;
mod client;
mod database;
mod exchange;
mod goods;
mod ledger;
mod part;
mod progress;
mod schedule;
mod screen;
mod settle;
mod system;
mod tail;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;

use arguments::Arguments;
use audit::Findings;
use client::Client;
use ledger::{Ledger, Run};
use progress::Progress;
use schedule::Schedule;
use system::System;
use tail::Tail;

/// How many clients order at once.
const CLIENTS: u32 = 4;
const LOOK: Duration = Duration::from_millis(50);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The second one ends it at once.
        signal_hook::flag::register_conditional_shutdown(signal, 130, interrupted.clone())?;
        signal_hook::flag::register(signal, interrupted.clone())?;
    }
    let seed = arguments
        .seed
        .unwrap_or_else(|| rand::random_range(1..1 << 32));
    let progress = Arc::new(Progress::new(interrupted));

    let outcome = run(&arguments, seed, &progress);

    if progress.is_interrupted() {
        screen::interrupted(seed);
        return Ok(ExitCode::from(130));
    }
    let sound = outcome.with_context(|| format!("seed {seed}"))?;
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments, seed: u64, progress: &Arc<Progress>) -> anyhow::Result<bool> {
    let mut system = System::start(arguments, progress)?;
    screen::opening(arguments, seed, system.folder());
    let outcome = endure(&mut system, arguments, seed, progress);
    let sound = outcome
        .as_ref()
        .is_ok_and(|findings| findings.violations.is_empty());
    if (!sound && !progress.is_interrupted()) || arguments.keep {
        screen::kept(system.folder());
        system.keep();
    }
    outcome?;
    Ok(sound)
}

/// Load and kills, then the audit.
fn endure(
    system: &mut System,
    arguments: &Arguments,
    seed: u64,
    progress: &Arc<Progress>,
) -> anyhow::Result<Findings> {
    let run = Run {
        seed,
        goods: goods::seed(system.api())?,
    };
    let schedule = Schedule::new(seed, arguments.kills, system.victims());
    let tail = Tail::follow(system.database_url(), progress.clone());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|index| Client::new(index, &run, system.api(), progress.clone()))
        .map(|client| thread::spawn(move || client.run()))
        .collect();

    let killed = system.suffer(&schedule, progress);
    match &killed {
        Ok(()) => {
            screen::calm();
            progress.close();
        }
        Err(_) => progress.abandon(),
    }
    while clients.iter().any(|client| !client.is_finished()) {
        progress.show();
        thread::sleep(LOOK);
    }
    let ledger = Ledger::of(clients)?;
    let seen = tail.seen()?;
    killed?;

    settle::wait_until_idle(system, progress)?;
    let findings = audit::audit(system, &run, &ledger, &seen, schedule.kills.len())?;
    system.stop()?;
    screen::table(progress, &schedule, &ledger, &findings);
    screen::verdict(arguments, seed, &findings);
    Ok(findings)
}

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

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::Context;
use clap::Parser;

use arguments::Arguments;
use client::Client;
use ledger::{Ledger, Run};
use progress::Progress;
use schedule::Schedule;
use system::System;

/// How many clients order at once.
const CLIENTS: u32 = 4;

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
    let goods = goods::seed(system.api())?;
    let schedule = Schedule::new(seed, arguments.kills, system.victims());
    screen::opening(arguments, seed, system.folder());

    let run = Run { seed, goods };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|index| Client::new(index, &run, system.api(), progress.clone()))
        .map(|client| thread::spawn(move || client.run()))
        .collect();
    let killed = system.suffer(&schedule, progress);
    progress.close();
    let ledgers = clients.into_iter().map(|client| {
        let panicked = |_| anyhow::anyhow!("a client panicked");
        client.join().map_err(panicked)
    });
    let ledger = Ledger::merged(ledgers.collect::<anyhow::Result<_>>()?);
    killed?;

    settle::wait_until_idle(&system, progress)?;
    let findings = audit::audit(&system, &run, &ledger)?;
    system.stop()?;

    screen::table(progress, &schedule, &ledger, &findings);
    let sound = findings.violations.is_empty();
    screen::verdict(arguments, seed, &findings, system.folder());
    if !sound || arguments.keep {
        system.keep();
    }
    Ok(sound)
}

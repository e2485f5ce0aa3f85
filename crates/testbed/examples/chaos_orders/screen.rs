//! All that is shown.
#![expect(clippy::print_stdout, reason = "this program talks to a person")]

use std::io::{IsTerminal, Write, stdout};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use crate::arguments::{Arguments, Kind};
use crate::audit::Findings;
use crate::ledger::Ledger;
use crate::progress::Progress;
use crate::schedule::{Schedule, Victim};

/// How many violations are told one by one.
const TOLD: usize = 10;

pub(crate) fn opening(arguments: &Arguments, seed: u64, folder: &Path) {
    println!(
        "{} kills on {}, seed {seed}. Database and logs: {}",
        arguments.kills,
        arguments.database.as_str(),
        folder.display()
    );
}

/// How often progress is told: a line that stays needs to come less often than one that is rewritten.
pub(crate) fn interval_ms() -> u64 {
    if stdout().is_terminal() { 200 } else { 5_000 }
}

pub(crate) fn progress(progress: &Progress) {
    let counts = &progress.counts;
    let line = format!(
        "{:>5} s   {:>5} kills   {:>7} orders acknowledged   {:>5} unknown   {:>6} repeats   {:>5} cancelled",
        progress.elapsed().as_secs(),
        counts.kills.load(Relaxed),
        counts.accepted.load(Relaxed),
        counts.unknown.load(Relaxed),
        counts.replays.load(Relaxed),
        counts.cancelled.load(Relaxed),
    );
    match stdout().is_terminal() {
        true => print!("\r{line}"),
        false => println!("{line}"),
    }
    // Nobody reads any more: the exit code still tells.
    let _unread = stdout().flush();
}

pub(crate) fn calm() {
    println!(
        "\nNo more kills. Each key gets its answer now; one whose request died is free after 30 s."
    );
}

pub(crate) fn table(
    progress: &Progress,
    schedule: &Schedule,
    ledger: &Ledger,
    findings: &Findings,
) {
    let counts = &progress.counts;
    let row = |name: &str, value: String| println!("  {name:<36}{value:>10}");
    println!("\n");
    for victim in [Victim::Api, Victim::Fulfilment, Victim::Database] {
        row(
            &format!("kills of {}", victim.as_str()),
            schedule.count(victim).to_string(),
        );
    }
    row("orders sent", ledger.sent.len().to_string());
    row("  acknowledged", counts.accepted.load(Relaxed).to_string());
    row(
        "  answers lost or 503",
        counts.unknown.load(Relaxed).to_string(),
    );
    row(
        "    never told, but there",
        findings.unknown_existing.to_string(),
    );
    row(
        "  refused, out of stock",
        counts.refused.load(Relaxed).to_string(),
    );
    row("  at the flat rate", findings.flat_rate.to_string());
    row(
        "repeats with the first answer",
        counts.replays.load(Relaxed).to_string(),
    );
    row("cancelled", counts.cancelled.load(Relaxed).to_string());
    row("  too late", counts.not_cancelled.load(Relaxed).to_string());
    row("orders read", counts.reads.load(Relaxed).to_string());
    row("shipments", findings.shipments.to_string());
    row("attempts beyond the first", findings.retries.to_string());
    row(
        "longest gap between orders, seconds",
        format!("{:.1}", progress.longest_gap().as_secs_f64()),
    );
    row(
        "seconds in all",
        format!("{:.0}", progress.elapsed().as_secs_f64()),
    );
    println!();
}

pub(crate) fn verdict(arguments: &Arguments, seed: u64, findings: &Findings) {
    let (kills, database) = (arguments.kills, arguments.database.as_str());
    if findings.violations.is_empty() {
        println!(
            "Every acknowledged order exists once; each has its one shipment or was cancelled; stock adds up."
        );
        let other = match arguments.database {
            Kind::Sqlite => "postgres",
            Kind::Postgres => "sqlite",
        };
        println!(
            "What to do next: just chaos-orders {kills} {other}, or more kills: just chaos-orders 1000 {database}"
        );
        return;
    }
    println!("{} VIOLATIONS, seed {seed}:", findings.violations.len());
    for violation in findings.violations.iter().take(TOLD) {
        println!("  {}", violation.what);
    }
    for order in &findings.shown {
        println!("{order}");
    }
    println!(
        "What to do next: read the logs named below, then repeat the kills: just chaos-orders {kills} {database} {seed}"
    );
}

pub(crate) fn kept(folder: &Path) {
    println!(
        "Logs are kept in {}, and the database if it is a file",
        folder.display()
    );
}

pub(crate) fn interrupted(seed: u64) {
    println!("\ninterrupted; all processes are ended. The seed was {seed}");
}

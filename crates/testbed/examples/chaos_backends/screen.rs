//! All that is shown.
#![expect(clippy::print_stdout, reason = "this program talks to a person")]

use std::io::{Write, stdout};
use std::path::Path;
use std::time::Duration;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::load::RATE;
use crate::outcome::Outcome;
use crate::phase::Phase;

const HEAD: [&str; 11] = [
    "backend",
    "fault",
    "requests",
    "failed before, since",
    "p99 ms before → during",
    "waits for processor, disk, %, before → during",
    "service, Alloy grew by MB",
    "all flow again after",
    "in no store",
    "counted as lost",
    "`doctor` during; after",
];

pub(crate) fn opening(trials: usize, folder: &Path) {
    println!(
        "{trials} faults at {RATE} requests/s. Data and logs: {}",
        folder.display()
    );
}

pub(crate) fn beginning(backend: Backend, fault: Fault) {
    print!("  {:<16} {:<10}", backend.name(), fault.word());
    // Nobody reads any more: the exit code still tells.
    let _unread = stdout().flush();
}

pub(crate) fn skipped(why: &str) {
    println!("n/a: {why}");
}

pub(crate) fn ended(outcome: &Outcome) {
    let complaints = outcome.complaints();
    let word = if complaints.is_empty() {
        "ok"
    } else {
        "FAILED"
    };
    println!("{word:<7} {}", back(outcome));
    for complaint in complaints {
        println!("      {complaint}");
    }
}

/// As Markdown, so that it can be kept.
pub(crate) fn table(outcomes: &[Outcome]) {
    println!();
    println!("| {} |", HEAD.join(" | "));
    println!("|{}", "---|".repeat(HEAD.len()));
    for outcome in outcomes {
        println!("| {} |", cells(outcome).join(" | "));
    }
    println!();
}

pub(crate) fn verdict(outcomes: &[Outcome], seconds: Duration) {
    let failed = outcomes
        .iter()
        .filter(|outcome| !outcome.complaints().is_empty())
        .count();
    let requests: usize = outcomes.iter().map(Outcome::requests).sum();
    let lost: usize = outcomes.iter().map(Outcome::failed).sum();
    println!(
        "{} faults, {requests} requests, {lost} failed, {:.0} s in all.",
        outcomes.len(),
        seconds.as_secs_f64()
    );
    let again = |outcome: &&Outcome| outcome.recovery.took_a_start();
    match failed {
        0 => println!(
            "No fault cost a request, and every signal came back; {} of the backends had to be started again.",
            outcomes.iter().filter(again).count()
        ),
        failed => println!("{failed} FAILED, as told above."),
    }
}

pub(crate) fn kept(folder: &Path) {
    println!("Data and logs are kept in {}", folder.display());
}

fn cells(outcome: &Outcome) -> [String; 11] {
    let milliseconds = |duration: Duration| format!("{:.0}", duration.as_secs_f64() * 1000.0);
    let megabytes = |bytes: u64| format!("{:.0}", bytes as f64 / 1_000_000.0);
    [
        outcome.backend.name().to_owned(),
        format!(
            "{}, {:.0} s",
            outcome.fault.word(),
            outcome.lasted.as_secs_f64()
        ),
        outcome.requests().to_string(),
        format!(
            "{}, {}",
            outcome.before.failures.len(),
            outcome.since.failures.len()
        ),
        format!(
            "{} → {}",
            milliseconds(outcome.before.p99),
            milliseconds(outcome.during.p99)
        ),
        format!("{} → {}", waits(&outcome.before), waits(&outcome.during)),
        format!(
            "{}, {}",
            megabytes(outcome.growth.service),
            megabytes(outcome.growth.alloy)
        ),
        back(outcome),
        missing(outcome),
        counted(outcome),
        said(outcome),
    ]
}

fn back(outcome: &Outcome) -> String {
    let recovery = &outcome.recovery;
    let again = match (recovery.ended_itself, recovery.restarted) {
        (true, _) => "; it had ended itself and was started again",
        (_, true) => "; all of it once it was started again, as `doctor` said",
        _ => "",
    };
    let after = match (recovery.flow.missing.first(), recovery.flow.slowest()) {
        (Some(signal), _) => format!("never: {signal}"),
        (None, Some((signal, after))) => format!("{:.1} s ({signal})", after.as_secs_f64()),
        (None, None) => String::new(),
    };
    after + again
}

fn missing(outcome: &Outcome) -> String {
    let losses = &outcome.recovery.losses;
    let mut words = Vec::new();
    for ((missing, of), what) in [(losses.traces, "traces"), (losses.lines, "lines")] {
        if 0 < missing {
            words.push(format!("{missing} of {of} {what}"));
        }
    }
    for (gap, what) in [
        (losses.scraped_gap, "metrics"),
        (losses.recorded_gap, "rules"),
    ] {
        if let Some(gap) = gap {
            words.push(format!("{gap:.0} s of {what}"));
        }
    }
    match words.as_slice() {
        [] => "nothing".to_owned(),
        words => words.join(", "),
    }
}

fn counted(outcome: &Outcome) -> String {
    let words = outcome
        .recovery
        .counted
        .iter()
        .map(|(who, name, count)| format!("{who} {name} {count:.0}"));
    match words.collect::<Vec<_>>().as_slice() {
        [] => "nothing".to_owned(),
        words => words.join(", "),
    }
}

fn said(outcome: &Outcome) -> String {
    let Some(during) = &outcome.diagnosis else {
        return "does not look there".to_owned();
    };
    let during = match during.hops.as_slice() {
        [] => "nothing".to_owned(),
        hops => hops.join(", "),
    };
    match outcome.recovery.told.as_slice() {
        [] => during,
        told => format!("{during}; {}", told.join("; ")),
    }
}

fn waits(phase: &Phase) -> String {
    match (phase.processor, phase.disk) {
        (Some(processor), Some(disk)) => format!("{:.0}, {:.0}", processor * 100.0, disk * 100.0),
        _ => "?".to_owned(),
    }
}

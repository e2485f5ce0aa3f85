//! `quartet doctor`: follows what the services send, hop by hop, and names the first that loses it, or the setting that explains it.

mod counters;
mod explain;
mod facts;
mod gather;
mod growth;
mod held;
mod past;
mod probe;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;

use crate::parts::Mode;
use crate::project::Project;
use crate::record::Record;
use crate::root::Root;
use crate::terminal::{Terminal, table};

use explain::{Finding, explain};
use facts::Facts;
use gather::Hops;
use probe::Probe;

/// How long to wait before everything is counted again.
const PAUSE: Duration = Duration::from_secs(1);

/// What to look at, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// What runs; by default what was started here
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// How long signals may take to arrive; profiles are pushed every ten seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

/// Sends a few requests, counts them at every hop, and answers whether anything was lost.
pub(crate) fn doctor(
    root: &Root,
    project: &Project,
    request: &Request,
    terminal: &Terminal,
) -> Result<ExitCode> {
    let mode = match request.mode {
        Some(mode) => mode,
        None => {
            let record = Record::read(root)?;
            record
                .context("nothing was started here: `just up`, or name a --mode")?
                .mode
        }
    };
    let hops = Hops::of(mode, root, project)?;
    let before = hops.read();
    terminal.say("Sending a few requests, and counting them at every hop.");
    let probe = Probe::send(&hops);
    let end = Instant::now() + Duration::from_secs(request.patience);
    let findings = loop {
        thread::sleep(PAUSE);
        let facts = hops.facts(&before, &hops.read(), &probe);
        let findings: Vec<_> = facts
            .iter()
            .map(|facts| (facts.clone(), explain(facts)))
            .collect();
        let waits = findings
            .iter()
            .any(|(_, finding)| matches!(finding, Finding::Lost { .. }));
        if !waits || end <= Instant::now() {
            break findings;
        }
    };
    Ok(show(&findings, &hops.earlier(&before), &probe, terminal))
}

fn show(
    findings: &[(Facts, Finding)],
    earlier: &[String],
    probe: &Probe,
    terminal: &Terminal,
) -> ExitCode {
    let head = [
        "SERVICE",
        "SIGNAL",
        "MADE",
        "LEFT",
        "TAKEN",
        "FORWARDED",
        "HELD",
        "",
    ];
    let rows = findings.iter().map(|(facts, finding)| {
        let [made, left, taken, forwarded, held] = facts.counts();
        let service = facts.service.to_owned();
        let signal = facts.signal.word().to_owned();
        [
            service,
            signal,
            made,
            left,
            taken,
            forwarded,
            held,
            finding.sentence(),
        ]
    });
    let cells: Vec<_> = std::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect();
    table(&cells).iter().for_each(|line| terminal.say(line));
    terminal.say("");
    if let Some(sentence) = probe.sampling() {
        terminal.say(&sentence);
    }
    for sentence in earlier {
        terminal.say(&format!("Before this: {sentence}."));
    }
    let lost = findings
        .iter()
        .filter(|(_, finding)| matches!(finding, Finding::Lost { .. }));
    match lost.count() {
        0 => {
            terminal.say("Nothing was lost.");
            ExitCode::SUCCESS
        }
        count => {
            terminal.say(&format!(
                "{count} of {} are lost on the way.",
                findings.len()
            ));
            ExitCode::FAILURE
        }
    }
}

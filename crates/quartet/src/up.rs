//! `quartet up`: starts all parts in the background and waits until they are ready.

mod supervisor;
mod wait;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::parts::{Plan, reachable};
use crate::port;
use crate::probe::{Readiness, readiness};
use crate::record::{PartRecord, Record};
use crate::root::Root;
use crate::stop::stop_all;
use crate::terminal::Terminal;

/// Starts what does not run yet. A healthy set that runs is left alone.
pub(crate) fn up(root: &Root, patience: Duration, terminal: &Terminal) -> Result<()> {
    let _alone = root.lock()?;
    let plans = Plan::all()?;
    for plan in &plans {
        plan.program()?;
    }
    if let Some(record) = Record::read(root)? {
        let Some(reason) = reason_to_restart(&record, &plans) else {
            terminal.say("Quartet is up already.");
            where_to_look(terminal, &plans);
            return Ok(());
        };
        if record.anything_alive() {
            terminal.say(&format!("Starting afresh: {reason}."));
        }
        stop_all(root, record, terminal)?;
    }
    for plan in &plans {
        port::check(plan)?;
    }
    root.create()?;

    terminal.say(&format!("Starting Quartet in {}", root.path().display()));
    let mut supervisor = supervisor::start(root)?;
    if let Err(failure) = wait::until_ready(root, &mut supervisor, &plans, patience, terminal) {
        failure.show(root, terminal);
        let record = Record::read(root)?.filter(Record::anything_alive);
        if let Some(record) = record {
            stop_all(root, record, terminal).context("failed to stop the other parts")?;
        }
        bail!("{failure}");
    }
    terminal.say("Quartet is up.");
    where_to_look(terminal, &plans);
    Ok(())
}

/// Why what runs is not what was asked for; none if it is.
fn reason_to_restart(record: &Record, plans: &[Plan]) -> Option<String> {
    if !record.supervisor.is_alive() {
        return Some("the supervisor of the last start is gone".to_owned());
    }
    for plan in plans {
        let name = plan.part.name;
        let Some(part) = record.parts.iter().find(|part| part.name == name) else {
            return Some(format!("{name} was not part of the last start"));
        };
        if let Some(reason) = fault(part, plan) {
            return Some(format!("{name} {reason}"));
        }
    }
    None
}

fn fault(part: &PartRecord, plan: &Plan) -> Option<&'static str> {
    if part.alive().is_none() {
        return Some("does not run any more");
    }
    if part.build != plan.build() {
        return Some("was built anew since it started");
    }
    if (part.public, part.operations) != (plan.public, plan.operations) {
        return Some("listens on other addresses than the environment asks for");
    }
    if readiness(part.operations) != Readiness::Ready {
        return Some("is not ready");
    }
    None
}

fn where_to_look(terminal: &Terminal, plans: &[Plan]) {
    let mut places = Vec::new();
    for plan in plans {
        let public = reachable(plan.public);
        let pages = plan.part.pages.iter();
        places.extend(
            pages.map(|(title, path)| ((*title).to_owned(), format!("http://{public}{path}"))),
        );
    }
    for plan in plans {
        let name = plan.part.name;
        let operations = reachable(plan.operations);
        places.push((
            format!("metrics of {name}"),
            format!("http://{operations}/metrics"),
        ));
        places.push((format!("lines of {name}"), format!("just logs {name} -f")));
    }
    list(terminal, "Where to look", &places);
    let next = [
        ("./load.sh", "send it requests of every kind"),
        ("just status", "see how each part is"),
        ("just down", "stop it"),
    ];
    list(terminal, "What to do next", &next);
}

fn list<T: AsRef<str>>(terminal: &Terminal, title: &str, entries: &[(T, T)]) {
    let width = entries
        .iter()
        .map(|(key, _)| key.as_ref().len())
        .max()
        .unwrap_or(0);
    terminal.say("");
    terminal.say(title);
    for (key, value) in entries {
        terminal.say(&format!("  {:width$}  {}", key.as_ref(), value.as_ref()));
    }
}

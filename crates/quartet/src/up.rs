//! `quartet up`: starts all parts in the background and waits until they are ready.

pub(crate) mod opened;
mod supervisor;
mod wait;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::order::{Order, PartOrder};
use crate::parts::Mode;
use crate::plan::{Plan, plans};
use crate::port;
use crate::probe::{Readiness, readiness};
use crate::project::Project;
use crate::record::{PartRecord, Record};
use crate::root::Root;
use crate::start;
use crate::stop::stop_all;
use crate::terminal::Terminal;

/// Starts what does not run yet. A healthy set that runs is left alone.
pub(crate) fn up(
    root: &Root,
    project: &Project,
    mode: Mode,
    patience: Duration,
    terminal: &Terminal,
) -> Result<()> {
    let _alone = root.lock()?;
    let plans = plans(mode, project)?;
    let order = Order::new(mode, &plans, project)?;
    if let Some(record) = Record::read(root)? {
        let Some(reason) = reason_to_restart(&record, &order) else {
            terminal.say("Quartet is up already.");
            where_to_look(root, terminal, mode, &plans);
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
    root.remember(mode)?;
    for plan in &plans {
        plan.write(root)?;
    }

    terminal.say(&format!("Starting Quartet in {}", root.path().display()));
    let mut supervisor = supervisor::start(root, &order)?;
    match wait::until_ready(root, &mut supervisor, &plans, patience, terminal) {
        Ok(ready) => {
            let names = plans.iter().map(|plan| plan.part.name);
            start::write(root, names.zip(ready))?;
        }
        Err(failure) => {
            failure.show(root, terminal);
            let record = Record::read(root)?.filter(Record::anything_alive);
            if let Some(record) = record {
                stop_all(root, record, terminal).context("failed to stop the other parts")?;
            }
            bail!("{failure}");
        }
    }
    terminal.say("Quartet is up.");
    where_to_look(root, terminal, mode, &plans);
    Ok(())
}

/// Why what runs is not what was asked for; none if it is.
fn reason_to_restart(record: &Record, order: &Order) -> Option<String> {
    if !record.supervisor.is_alive() {
        return Some("the supervisor of the last start is gone".to_owned());
    }
    if record.mode != order.mode {
        return Some(format!("it runs in {} mode", record.mode));
    }
    for PartOrder { record: asked, .. } in &order.parts {
        let name = &asked.name;
        let Some(part) = record.parts.iter().find(|part| part.name == *name) else {
            return Some(format!("{name} was not part of the last start"));
        };
        if let Some(reason) = fault(part, asked) {
            return Some(format!("{name} {reason}"));
        }
    }
    None
}

fn fault(part: &PartRecord, asked: &PartRecord) -> Option<&'static str> {
    if part.alive().is_none() {
        return Some("does not run any more");
    }
    if part.build != asked.build {
        return Some("was built anew since it started");
    }
    if part.listens != asked.listens {
        return Some("listens on other addresses than the environment asks for");
    }
    if part.settings != asked.settings {
        return Some("was started with other settings");
    }
    if readiness(&part.ready) != Readiness::Ready {
        return Some("is not ready");
    }
    None
}

fn where_to_look(root: &Root, terminal: &Terminal, mode: Mode, plans: &[Plan]) {
    let places = plans.iter().flat_map(|plan| &plan.places);
    let places: Vec<_> = places
        .map(|(title, place)| (title, opened::opened(root, place)))
        .collect();
    let places: Vec<_> = places
        .iter()
        .map(|(title, place)| (title.as_str(), place.as_str()))
        .collect();
    list(terminal, "Where to look", &places);
    list(terminal, "What to do next", mode.table().next);
}

fn list(terminal: &Terminal, title: &str, entries: &[(&str, &str)]) {
    let widths = entries.iter().map(|(key, _)| key.len());
    let width = widths.max().unwrap_or(0);
    terminal.say("");
    terminal.say(title);
    for (key, value) in entries {
        terminal.say(&format!("  {key:width$}  {value}"));
    }
}

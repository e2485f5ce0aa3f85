//! `quartet supervise`: starts the parts, owns their output, writes down how they ended.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, setsid, waitid};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::logs::file::{LIMIT, LogFile};
use crate::logs::pump::pump;
use crate::parts::{Plan, own_variables};
use crate::process::Process;
use crate::record::{PartRecord, Record};
use crate::root::Root;
use crate::stop::GRACE;
use crate::terminal::complain;

enum Event {
    Ended { part: usize, reason: String },
    Stop,
}

/// Runs until the last part has ended. It restarts nothing.
pub(crate) fn supervise(root: &Root) -> Result<()> {
    // Away from the terminal that started it. One that leads a group already has left.
    let _ = setsid();
    let plans = Plan::all()?;
    let mut record = Record {
        supervisor: Process::own()?,
        parts: plans.iter().map(PartRecord::planned).collect(),
    };
    record.write(root)?;

    let (sender, events) = mpsc::channel();
    let mut signals = Signals::new([SIGTERM, SIGINT]).context("failed to listen to signals")?;
    let stops = sender.clone();
    thread::spawn(move || {
        for _ in signals.forever() {
            let _ = stops.send(Event::Stop);
        }
    });

    let mut watchers = Vec::new();
    for (part, plan) in plans.iter().enumerate() {
        match start(root, plan) {
            Ok(child) => {
                record.parts[part].process = Process::find(child.0.id());
                watchers.push(watch(part, child, sender.clone()));
            }
            Err(error) => record.parts[part].ended = Some(format!("did not start: {error:#}")),
        }
        write_down(&record, root);
    }

    watch_over(&mut record, root, &events);
    for watcher in watchers {
        let _ = watcher.join();
    }
    Ok(())
}

type Pumps = Vec<JoinHandle<()>>;

fn start(root: &Root, plan: &Plan) -> Result<(Child, Pumps)> {
    let name = plan.part.name;
    let path = root.log(name);
    let log = LogFile::start(path.clone(), LIMIT)
        .with_context(|| format!("failed to write {}", path.display()))?;
    let program = plan.program()?;
    let mut command = Command::new(&program);
    own_variables().for_each(|name| {
        command.env_remove(name);
    });
    let mut child = command
        .envs(plan.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("failed to run {}", program.display()))?;
    let log = Arc::new(Mutex::new(log));
    let mut pumps = Vec::new();
    if let Some(output) = child.stdout.take() {
        let log = Arc::clone(&log);
        pumps.push(thread::spawn(move || pump(output, &log)));
    }
    if let Some(output) = child.stderr.take() {
        pumps.push(thread::spawn(move || pump(output, &log)));
    }
    Ok((child, pumps))
}

/// Tells how a part ended, once its last line is written.
fn watch(part: usize, child: (Child, Pumps), events: Sender<Event>) -> JoinHandle<()> {
    let (mut child, pumps) = child;
    thread::spawn(move || {
        end_of(&child);
        let reason = match child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        for pump in pumps {
            let _ = pump.join();
        }
        let _ = events.send(Event::Ended { part, reason });
    })
}

/// Waits until the part has ended, and ends what it left behind.
///
/// It is not reaped here: as long as it is a zombie, nobody else can get the name of its group.
fn end_of(child: &Child) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), ended), Err(Errno::INTR)) {}
    let _ = kill_process_group(pid, Signal::KILL);
}

fn watch_over(record: &mut Record, root: &Root, events: &Receiver<Event>) {
    let mut kill_at: Option<Instant> = None;
    while record.parts.iter().any(|part| part.ended.is_none()) {
        let patience = match kill_at {
            Some(at) => at.saturating_duration_since(Instant::now()),
            None => Duration::MAX,
        };
        match events.recv_timeout(patience) {
            Ok(Event::Ended { part, reason }) => {
                record.parts[part].ended = Some(reason);
                write_down(record, root);
            }
            Ok(Event::Stop) => {
                living(record).for_each(Process::terminate);
                kill_at.get_or_insert_with(|| Instant::now() + GRACE);
            }
            Err(RecvTimeoutError::Timeout) => {
                living(record).for_each(Process::kill_group);
                kill_at = None;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn living(record: &Record) -> impl Iterator<Item = &Process> {
    record.parts.iter().filter_map(PartRecord::alive)
}

fn write_down(record: &Record, root: &Root) {
    if let Err(error) = record.write(root) {
        complain(&format!("{error:#}"));
    }
}

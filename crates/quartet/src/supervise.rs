//! `quartet supervise`: starts the parts, owns their output, writes down how they ended.

use std::io::stdin;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, setsid, waitid};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::logs::file::{LIMIT, LogFile};
use crate::logs::pump::pump;
use crate::order::{Order, PartOrder};
use crate::process::Process;
use crate::record::Record;
use crate::root::Root;
use crate::stop::stop_parts;
use crate::terminal::{Terminal, complain};

enum Event {
    Ended { part: usize, reason: String },
    Stop,
}

/// Runs what it is told on stdin, until the last part has ended. It restarts nothing.
pub(crate) fn supervise(root: &Root) -> Result<()> {
    // Away from the terminal that started it. One that leads a group already has left.
    let _ = setsid();
    let order = Order::read(stdin())?;
    let mut record = Record {
        mode: order.mode,
        supervisor: Process::own()?,
        parts: order.parts.iter().map(|part| part.record.clone()).collect(),
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
    for (index, part) in order.parts.iter().enumerate() {
        match start(root, part, &order.withheld) {
            Ok(child) => {
                record.parts[index].process = Process::find(child.0.id());
                watchers.push(watch(index, child, sender.clone()));
            }
            Err(error) => record.parts[index].ended = Some(format!("did not start: {error:#}")),
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

fn start(root: &Root, part: &PartOrder, withheld: &[String]) -> Result<(Child, Pumps)> {
    let path = root.log(&part.record.name);
    let log = LogFile::start(path.clone(), LIMIT)
        .with_context(|| format!("failed to write {}", path.display()))?;
    let mut command = Command::new(&part.program);
    for name in withheld {
        command.env_remove(name);
    }
    let mut child = command
        .args(&part.arguments)
        .envs(part.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .with_context(|| format!("failed to run {}", part.program.display()))?;
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
    let mut stopping = false;
    while record.parts.iter().any(|part| part.ended.is_none()) {
        match events.recv() {
            Ok(Event::Ended { part, reason }) => {
                record.parts[part].ended = Some(reason);
                write_down(record, root);
            }
            Ok(Event::Stop) if stopping => {}
            Ok(Event::Stop) => {
                stopping = true;
                let record = record.clone();
                thread::spawn(move || stop_parts(&record, &Terminal::new()));
            }
            Err(RecvError) => return,
        }
    }
}

fn write_down(record: &Record, root: &Root) {
    if let Err(error) = record.write(root) {
        complain(&format!("{error:#}"));
    }
}

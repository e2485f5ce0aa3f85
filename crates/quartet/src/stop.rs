//! Stops what a record names, and is not content before it is gone.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::process::Process;
use crate::record::Record;
use crate::root::Root;
use crate::terminal::{Progress, Terminal};

/// A service has 10 s to shut down; the rest is for a busy machine.
pub(crate) const GRACE: Duration = Duration::from_secs(15);

/// How long a supervisor may take to notice that its last part ended.
const SUPERVISOR_NOTICES: Duration = Duration::from_secs(2);

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ends all parts and their supervisor, and forgets the record.
pub(crate) fn stop_all(root: &Root, record: Record, terminal: &Terminal) -> Result<()> {
    let mut record = record;
    // Again, for parts that a supervisor started before it could be asked to stop.
    for _ in 0..2 {
        stop_parts(&record, GRACE, terminal);
        stop_supervisor(&record.supervisor);
        record = Record::read(root)?.unwrap_or(record);
    }
    ensure!(
        !record.anything_alive(),
        "not everything could be stopped: see `just status`"
    );
    Record::remove(root)
}

fn stop_parts(record: &Record, grace: Duration, terminal: &Terminal) {
    let mut living: Vec<(usize, &str, &Process)> = record
        .parts
        .iter()
        .filter_map(|part| Some((part.name.as_str(), part.alive()?)))
        .enumerate()
        .map(|(row, (name, process))| (row, name, process))
        .collect();
    let mut progress = Progress::new(terminal, living.iter().map(|(_, name, _)| *name));
    for (_, _, process) in &living {
        process.terminate();
    }
    let begin = Instant::now();
    let mut killed = false;
    while !living.is_empty() {
        let elapsed = begin.elapsed();
        let detail = format!("{:.1} s", elapsed.as_secs_f64());
        let late = elapsed >= grace;
        if late && !killed {
            living
                .iter()
                .for_each(|(_, _, process)| process.kill_group());
            killed = true;
        }
        living.retain(|(row, _, process)| {
            let alive = process.is_alive();
            let state = match (alive, late) {
                (true, false) => "stopping",
                (true, true) => "killing",
                (false, false) => "stopped",
                (false, true) => "killed",
            };
            progress.set(*row, state, &detail);
            alive
        });
        if elapsed > grace + GRACE {
            return; // not even SIGKILL helps: stuck in the kernel
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn stop_supervisor(supervisor: &Process) {
    if ends_within(supervisor, SUPERVISOR_NOTICES) {
        return;
    }
    supervisor.terminate();
    if !ends_within(supervisor, GRACE + SUPERVISOR_NOTICES) {
        supervisor.kill_group();
        ends_within(supervisor, SUPERVISOR_NOTICES);
    }
}

/// Waits for the end of a process, and answers whether it came.
pub(crate) fn ends_within(process: &Process, patience: Duration) -> bool {
    let begin = Instant::now();
    while process.is_alive() {
        if begin.elapsed() > patience {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::PartRecord;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    fn record_of(child: &Child) -> Record {
        let process = Process::find(child.id()).unwrap();
        let part = PartRecord {
            name: "api".to_owned(),
            public: "127.0.0.1:1".parse().unwrap(),
            operations: "127.0.0.1:2".parse().unwrap(),
            build: None,
            process: Some(process.clone()),
            ended: None,
        };
        Record {
            supervisor: process,
            parts: vec![part],
        }
    }

    #[test]
    fn a_part_that_ignores_the_request_is_killed_with_what_it_started() {
        let mut child = Command::new("bash")
            .args(["-c", "trap '' TERM; sleep 300 & echo $!; wait; sleep 300"])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut lines, &mut line).unwrap();
        let grandchild = Process::find(line.trim().parse().unwrap()).unwrap();
        let record = record_of(&child);
        let begin = Instant::now();

        stop_parts(&record, Duration::from_millis(300), &Terminal::new());

        assert!(begin.elapsed() >= Duration::from_millis(300));
        assert!(!record.anything_alive());
        assert!(ends_within(&grandchild, Duration::from_secs(10)));
        child.wait().unwrap();
    }

    #[test]
    fn a_part_that_ends_when_asked_is_not_waited_for() {
        let mut child = Command::new("sleep")
            .arg("300")
            .process_group(0)
            .spawn()
            .unwrap();
        let record = record_of(&child);
        let begin = Instant::now();

        stop_parts(&record, Duration::from_secs(60), &Terminal::new());

        assert!(begin.elapsed() < Duration::from_secs(30));
        assert!(!record.anything_alive());
        child.wait().unwrap();
    }
}

//! Stops what a record names, and is not content before it is gone.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::parts::Stop;
use crate::process::Process;
use crate::record::Record;
use crate::root::Root;
use crate::terminal::{Progress, Terminal};

/// How long the kernel may take to end what got SIGKILL, and a supervisor to end by itself.
const LAST_GRACE: Duration = Duration::from_secs(15);

/// How long a supervisor may take to notice that its last part ended.
const SUPERVISOR_NOTICES: Duration = Duration::from_secs(2);

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ends all parts and their supervisor, and forgets the record.
pub(crate) fn stop_all(root: &Root, record: Record, terminal: &Terminal) -> Result<()> {
    let mut record = record;
    // Again, for parts that a supervisor started before it could be asked to stop.
    for _ in 0..2 {
        stop_parts(&record, terminal);
        stop_supervisor(&record.supervisor);
        record = Record::read(root)?.unwrap_or(record);
    }
    ensure!(
        !record.anything_alive(),
        "not everything could be stopped: see `just status`"
    );
    Record::remove(root)
}

/// Ends all parts, turn by turn: what is sent last still finds who receives it.
pub(crate) fn stop_parts(record: &Record, terminal: &Terminal) {
    let parts = record.parts.iter();
    let living: Vec<_> = parts
        .filter_map(|part| Some((part, part.alive()?)))
        .collect();
    let names = living.iter().map(|(part, _)| part.name.as_str());
    let mut progress = Progress::new(terminal, names);
    let rows = living.iter().enumerate();
    let mut living: Vec<_> = rows
        .map(|(row, (part, process))| (row, *process, part.stop))
        .collect();
    living.sort_by_key(|(_, _, stop)| stop.turn);
    for turn in living.chunk_by(|(_, _, one), (_, _, next)| one.turn == next.turn) {
        stop_turn(turn, &mut progress);
    }
}

fn stop_turn(turn: &[(usize, &Process, Stop)], progress: &mut Progress<'_>) {
    for (_, process, _) in turn {
        process.terminate();
    }
    let begin = Instant::now();
    let mut living: Vec<_> = turn.iter().map(|part| (part, false)).collect();
    while !living.is_empty() {
        let elapsed = begin.elapsed();
        let detail = format!("{:.1} s", elapsed.as_secs_f64());
        living.retain_mut(|((row, process, stop), killed)| {
            if elapsed >= stop.grace && !*killed {
                process.kill_group();
                *killed = true;
            }
            let alive = process.is_alive();
            let state = match (alive, *killed) {
                (true, false) => "stopping",
                (true, true) => "killing",
                (false, false) => "stopped",
                (false, true) => "killed",
            };
            progress.set(*row, state, &detail);
            // Not even SIGKILL helps one that is stuck in the kernel.
            alive && elapsed < stop.grace + LAST_GRACE
        });
        thread::sleep(LOOK_EVERY);
    }
}

fn stop_supervisor(supervisor: &Process) {
    if ends_within(supervisor, SUPERVISOR_NOTICES) {
        return;
    }
    supervisor.terminate();
    if !ends_within(supervisor, LAST_GRACE + SUPERVISOR_NOTICES) {
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
    use crate::parts::Mode;
    use crate::record::PartRecord;
    use std::io::{BufRead, BufReader, Lines};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, ChildStdout, Command, Stdio};

    fn started(script: &str) -> Child {
        Command::new("bash")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    fn lines(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
        BufReader::new(child.stdout.take().unwrap()).lines()
    }

    fn record_of(parts: &[(&Child, Stop)]) -> Record {
        let part = |(child, stop): &(&Child, Stop)| PartRecord {
            name: child.id().to_string(),
            listens: Vec::new(),
            places: Vec::new(),
            ready: String::new(),
            stop: *stop,
            build: None,
            settings: 0,
            process: Process::find(child.id()),
            ended: None,
        };
        let parts: Vec<_> = parts.iter().map(part).collect();
        Record {
            mode: Mode::Embedded,
            supervisor: parts[0].process.clone().unwrap(),
            parts,
        }
    }

    fn within(milliseconds: u64, turn: u8) -> Stop {
        let grace = Duration::from_millis(milliseconds);
        Stop { turn, grace }
    }

    #[test]
    fn a_part_that_ignores_the_request_is_killed_with_what_it_started() {
        let mut child = started("trap '' TERM; sleep 300 & echo $!; wait; sleep 300");
        let grandchild = lines(&mut child).next().unwrap().unwrap();
        let grandchild = Process::find(grandchild.parse().unwrap()).unwrap();
        let record = record_of(&[(&child, within(300, 0))]);
        let begin = Instant::now();

        stop_parts(&record, &Terminal::new());

        assert!(begin.elapsed() >= Duration::from_millis(300));
        assert!(!record.anything_alive());
        assert!(ends_within(&grandchild, Duration::from_secs(10)));
        child.wait().unwrap();
    }

    #[test]
    fn a_part_that_ends_when_asked_is_not_waited_for() {
        let mut child = started("exec sleep 300");
        let record = record_of(&[(&child, within(60_000, 0))]);
        let begin = Instant::now();

        stop_parts(&record, &Terminal::new());

        assert!(begin.elapsed() < Duration::from_secs(30));
        assert!(!record.anything_alive());
        child.wait().unwrap();
    }

    #[test]
    fn who_sends_ends_before_who_receives() {
        let mut receiver = started("exec sleep 300");
        // Says whether its receiver still lives when it ends, after a while of its own.
        let ends = format!("sleep 0.3; kill -0 {} && echo found; exit", receiver.id());
        let loops = "echo set; while :; do sleep 0.05; done";
        let mut sender = started(&format!("trap '{ends}' TERM; {loops}"));
        let mut said = lines(&mut sender);
        assert_eq!(said.next().unwrap().unwrap(), "set");
        let record = record_of(&[(&receiver, within(60_000, 1)), (&sender, within(60_000, 0))]);

        stop_parts(&record, &Terminal::new());

        assert_eq!(said.next().unwrap().unwrap(), "found");
        assert!(!record.anything_alive());
        sender.wait().unwrap();
        receiver.wait().unwrap();
    }
}

//! Waits for parts to become ready, and tells why they did not.

use std::fmt;
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::logs::SUPERVISE;
use crate::logs::tail::last_lines;
use crate::plan::Plan;
use crate::probe::{Readiness, readiness};
use crate::record::Record;
use crate::root::Root;
use crate::terminal::{Progress, Terminal};

const LOOK_EVERY: Duration = Duration::from_millis(100);

const LINES_OF_A_FAILURE: usize = 20;

/// Who kept `up` from its goal, and how.
#[derive(Debug)]
pub(super) struct Failure {
    who: String,
    how: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.who, self.how)
    }
}

impl Failure {
    fn new(who: &str, how: impl Into<String>) -> Self {
        Self {
            who: who.to_owned(),
            how: how.into(),
        }
    }

    /// Prints the last lines of the one who failed.
    pub(super) fn show(&self, root: &Root, terminal: &Terminal) {
        let path = root.log(&self.who);
        let lines = last_lines(&path, LINES_OF_A_FAILURE);
        if lines.is_empty() {
            terminal.say(&format!("{} wrote nothing to {}", self.who, path.display()));
            return;
        }
        terminal.say(&format!("The last lines of {}:", path.display()));
        lines
            .iter()
            .for_each(|line| terminal.say(&format!("    {line}")));
    }
}

/// Waits until every part says that it is ready, and answers how long each took.
pub(super) fn until_ready(
    root: &Root,
    supervisor: &mut Child,
    plans: &[Plan],
    patience: Duration,
    terminal: &Terminal,
) -> Result<Vec<Duration>, Failure> {
    let mut progress = Progress::new(terminal, plans.iter().map(|plan| plan.part.name));
    let mut last: Vec<_> = plans.iter().map(|_| Readiness::NoAnswer).collect();
    let mut ready: Vec<Option<Duration>> = vec![None; plans.len()];
    let begin = Instant::now();
    let answers = ask(plans, begin);
    loop {
        // Asked before the record is read: what it wrote before it ended is in there.
        let ended = supervisor.try_wait().ok().flatten();
        let record = Record::read(root)
            .map_err(|error| Failure::new(SUPERVISE, format!("left no record: {error:#}")))?
            .filter(|record| record.supervisor.pid == supervisor.id());
        for (row, answer, after) in answers.try_iter() {
            if answer == Readiness::Ready {
                ready[row] = Some(after);
                progress.set(row, "ready", &clock(after));
            }
            last[row] = answer;
        }
        let elapsed = begin.elapsed();
        let parts = record.iter().flat_map(|record| &record.parts);
        for (row, part) in parts.enumerate() {
            if let Some(end) = part.end() {
                progress.set(row, "ended", &clock(elapsed));
                let how = format!("ended while starting: {end}");
                return Err(Failure::new(&part.name, how));
            }
            if ready[row].is_none() && part.process.is_some() {
                progress.set(row, "starting", &clock(elapsed));
            }
        }
        if let Some(status) = ended {
            let how = format!("ended while starting: {status}");
            return Err(Failure::new(SUPERVISE, how));
        }
        if let Some(ready) = ready.iter().copied().collect() {
            return Ok(ready);
        }
        if elapsed > patience
            && let Some(late) = ready.iter().position(Option::is_none)
        {
            let mut how = format!("was not ready within {} s", patience.as_secs());
            if let Readiness::NotReady(words) = &last[late] {
                how.push_str(&format!("; it says: {words}"));
            }
            return Err(Failure::new(plans[late].part.name, how));
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Asks each by itself, so that one that is slow to answer makes no other look slow; until it is ready or nobody listens.
fn ask(plans: &[Plan], begin: Instant) -> Receiver<(usize, Readiness, Duration)> {
    let (sender, answers) = mpsc::channel();
    for (row, plan) in plans.iter().enumerate() {
        let (sender, url) = (sender.clone(), plan.ready.clone());
        thread::spawn(move || {
            loop {
                let answer = readiness(&url);
                let over = answer == Readiness::Ready;
                if sender.send((row, answer, begin.elapsed())).is_err() || over {
                    return;
                }
                thread::sleep(LOOK_EVERY);
            }
        });
    }
    answers
}

fn clock(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

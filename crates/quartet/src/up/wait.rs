//! Waits for parts to become ready, and tells why they did not.

use std::collections::HashMap;
use std::fmt;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::logs::SUPERVISE;
use crate::logs::tail::last_lines;
use crate::plan::Plan;
use crate::probe::{Readiness, readiness};
use crate::record::{PartRecord, Record};
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
    let mut ready: Vec<Option<Duration>> = vec![None; plans.len()];
    let begin = Instant::now();
    loop {
        // Asked before the record is read: what it wrote before it ended is in there.
        let ended = supervisor.try_wait().ok().flatten();
        let record = Record::read(root)
            .map_err(|error| Failure::new(SUPERVISE, format!("left no record: {error:#}")))?
            .filter(|record| record.supervisor.pid == supervisor.id());
        let part = |row: usize| record.as_ref().and_then(|record| record.parts.get(row));
        let running = |row: usize| part(row).is_some_and(|part| part.process.is_some());
        let asked = (0..plans.len()).filter(|row| ready[*row].is_none() && running(*row));
        let answers = ask(plans, asked);
        let elapsed = begin.elapsed();
        let clock = format!("{:.1} s", elapsed.as_secs_f64());
        for (row, plan) in plans.iter().enumerate() {
            if let Some(end) = part(row).and_then(PartRecord::end) {
                progress.set(row, "ended", &clock);
                let how = format!("ended while starting: {end}");
                return Err(Failure::new(plan.part.name, how));
            }
            let Some(answer) = answers.get(&row) else {
                continue;
            };
            if *answer == Readiness::Ready {
                ready[row] = Some(elapsed);
                progress.set(row, "ready", &clock);
            } else {
                progress.set(row, "starting", &clock);
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
            if let Some(Readiness::NotReady(words)) = answers.get(&late) {
                how.push_str(&format!("; it says: {words}"));
            }
            return Err(Failure::new(plans[late].part.name, how));
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Asks all at once: one that is slow to answer makes no other look slow.
fn ask(plans: &[Plan], rows: impl Iterator<Item = usize>) -> HashMap<usize, Readiness> {
    thread::scope(|scope| {
        let asked = rows.map(|row| (row, scope.spawn(move || readiness(&plans[row].ready))));
        let asked: Vec<_> = asked.collect();
        let answers = asked.into_iter().map(|(row, asked)| {
            let answer = asked.join();
            (row, answer.unwrap_or(Readiness::NoAnswer))
        });
        answers.collect()
    })
}

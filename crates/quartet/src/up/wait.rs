//! Waits for parts to become ready, and tells why they did not.

use std::fmt;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::logs::SUPERVISE;
use crate::logs::tail::last_lines;
use crate::parts::Plan;
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

/// Waits until every part says that it is ready.
pub(super) fn until_ready(
    root: &Root,
    supervisor: &mut Child,
    plans: &[Plan],
    patience: Duration,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut progress = Progress::new(terminal, plans.iter().map(|plan| plan.part.name));
    let mut ready = vec![false; plans.len()];
    let begin = Instant::now();
    while ready.contains(&false) {
        let elapsed = begin.elapsed();
        let clock = format!("{:.1} s", elapsed.as_secs_f64());
        // Asked before the record is read: what it wrote before it ended is in there.
        let ended = supervisor.try_wait().ok().flatten();
        let record = Record::read(root)
            .map_err(|error| Failure::new(SUPERVISE, format!("left no record: {error:#}")))?
            .filter(|record| record.supervisor.pid == supervisor.id());
        for (row, plan) in plans.iter().enumerate() {
            let part = record.as_ref().and_then(|record| record.parts.get(row));
            if let Some(end) = part.and_then(PartRecord::end) {
                progress.set(row, "ended", &clock);
                return Err(Failure::new(
                    plan.part.name,
                    format!("ended while starting: {end}"),
                ));
            }
            if part.is_none_or(|part| part.process.is_none()) || ready[row] {
                continue;
            }
            ready[row] = readiness(plan.operations) == Readiness::Ready;
            progress.set(row, if ready[row] { "ready" } else { "starting" }, &clock);
        }
        if let Some(status) = ended {
            return Err(Failure::new(
                SUPERVISE,
                format!("ended while starting: {status}"),
            ));
        }
        if elapsed > patience
            && let Some(late) = ready.iter().position(|ready| !ready)
        {
            let how = format!("was not ready within {} s", patience.as_secs());
            return Err(Failure::new(plans[late].part.name, how));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

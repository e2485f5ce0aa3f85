//! What became of the requests of some time, and how busy the machine was meanwhile.

use std::fs;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::load::{Load, p99};

/// Requests of one time, and their machine.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) requests: usize,
    pub(crate) failures: Vec<String>,
    pub(crate) p99: Duration,
    /// Which share of the time something waited for a processor; none where the kernel does not count it.
    pub(crate) processor: Option<f64>,
    /// Which share of the time all that could have gone on waited for a disk.
    pub(crate) disk: Option<f64>,
}

/// The beginning of one.
pub(crate) struct Began {
    pub(crate) at: Timestamp,
    clock: Instant,
    processor: Option<Duration>,
    disk: Option<Duration>,
}

impl Began {
    pub(crate) fn now() -> Self {
        Self {
            at: Timestamp::now(),
            clock: Instant::now(),
            processor: waited("cpu", "some"),
            disk: waited("io", "full"),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    pub(crate) fn end(&self, load: &Load) -> Phase {
        let elapsed = self.elapsed();
        let share = |before: Option<Duration>, after: Option<Duration>| {
            Some(after?.saturating_sub(before?).div_duration_f64(elapsed))
        };
        let done = load.between(self.at, Timestamp::now());
        Phase {
            requests: done.len(),
            p99: p99(&done),
            failures: done.into_iter().filter_map(|done| done.failure).collect(),
            processor: share(self.processor, waited("cpu", "some")),
            disk: share(self.disk, waited("io", "full")),
        }
    }
}

/// Since the start of the machine.
fn waited(what: &str, line: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/pressure/{what}")).ok()?;
    let line = text.lines().find(|found| found.starts_with(line))?;
    let total = line.rsplit_once("total=")?.1.parse().ok()?;
    Some(Duration::from_micros(total))
}

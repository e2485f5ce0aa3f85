//! A profiler around some work, and what its samples add up to.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use spanprof::{Counters, Profiler, Settings, counters};

use crate::planted::{planted_at, process_time};

/// A process has one profiler, and this one runs many tests.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) struct Taken {
    pub(crate) span: u64,
    pub(crate) thread: u32,
    pub(crate) time: Duration,
    pub(crate) frames: usize,
    pub(crate) planted: Option<usize>,
}

pub(crate) struct Recording {
    pub(crate) samples: Vec<Taken>,
    pub(crate) before: Counters,
    pub(crate) after: Counters,
    pub(crate) process: Duration,
}

/// Runs without a profiler, while nobody else has one.
pub(crate) fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

pub(crate) fn record<T>(hz: u32, work: impl FnOnce() -> T) -> (T, Recording) {
    alone(|| {
        let mut profiler = spanprof::start(Settings { hz }).unwrap();
        profiler.drain(|_| {});
        let (before, began) = (counters(), process_time());
        let outcome = work();
        let process = process_time() - began;
        profiler.stop();
        let samples = drained(&mut profiler);
        let recording = Recording {
            samples,
            before,
            after: counters(),
            process,
        };
        assert_eq!(recording.before.dropped, recording.after.dropped);
        (outcome, recording)
    })
}

pub(crate) fn drained(profiler: &mut Profiler) -> Vec<Taken> {
    let mut known = HashMap::new();
    let mut samples = Vec::new();
    profiler.drain(|sample| {
        let planted = sample
            .pcs
            .iter()
            .find_map(|pc| *known.entry(*pc).or_insert_with(|| planted_at(*pc)));
        samples.push(Taken {
            span: sample.span,
            thread: sample.thread,
            time: Duration::from_nanos(sample.nanoseconds),
            frames: sample.pcs.len(),
            planted,
        });
    });
    samples
}

impl Recording {
    pub(crate) fn time(&self, of: impl Fn(&Taken) -> bool) -> Duration {
        self.samples
            .iter()
            .filter(|sample| of(sample))
            .map(|sample| sample.time)
            .sum()
    }

    /// The time that the sample at any one moment stands for: all that happened in it has one label.
    /// The sampling period or the kernel's tick; more where a busy machine looks at timers more rarely.
    pub(crate) fn grain(&self) -> Duration {
        let seconds = || self.samples.iter().map(|sample| sample.time.as_secs_f64());
        Duration::from_secs_f64(
            seconds().map(|time| time * time).sum::<f64>() / seconds().sum::<f64>(),
        )
    }

    /// What the sample of the most time stands for: the more, the later a busy machine came to it.
    pub(crate) fn coarsest(&self) -> Duration {
        let times = self.samples.iter().map(|sample| sample.time);
        times.max().unwrap_or_default()
    }

    pub(crate) fn sampled(&self) -> Duration {
        Duration::from_nanos(self.after.sampled_ns - self.before.sampled_ns)
    }

    pub(crate) fn missed(&self) -> Duration {
        Duration::from_nanos(self.after.missed_ns - self.before.missed_ns)
    }
}

/// Fails unless both are the same but for 5 %, or for the slack if samples are too coarse for that.
#[track_caller]
pub(crate) fn assert_same(what: &str, found: Duration, used: Duration, slack: Duration) {
    let off = found.abs_diff(used);
    assert!(
        off <= slack.max(used / 20),
        "{what}: {found:?} of {used:?}, slack {slack:?}"
    );
}

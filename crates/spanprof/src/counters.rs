use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// What the sampler did since the process began; see [`counters`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Samples taken.
    pub samples: u64,
    /// CPU time those samples stand for; the rest of the process's is in no profile.
    pub sampled_ns: u64,
    /// Samples lost because nobody drained in time.
    pub dropped: u64,
    /// CPU time the lost samples stand for.
    pub dropped_ns: u64,
    /// Samples of only a leaf, because the thread's stack was not known.
    pub shallow: u64,
    /// Samples that lack their outermost callers, because the stack was too deep.
    pub truncated: u64,
    /// Threads that have a timer now.
    pub threads_watched: u64,
    /// Threads that had none at the last look: too many, or refused by the kernel.
    pub threads_unwatched: u64,
    /// CPU time that threads had used when they were found.
    pub missed_ns: u64,
}

/// What the sampler did since the process began. Cheap, from any thread.
#[must_use]
pub fn counters() -> Counters {
    Counters {
        samples: TALLY.samples.load(Relaxed),
        sampled_ns: TALLY.sampled_ns.load(Relaxed),
        dropped: TALLY.dropped.load(Relaxed),
        dropped_ns: TALLY.dropped_ns.load(Relaxed),
        shallow: TALLY.shallow.load(Relaxed),
        truncated: TALLY.truncated.load(Relaxed),
        threads_watched: TALLY.threads_watched.load(Relaxed),
        threads_unwatched: TALLY.threads_unwatched.load(Relaxed),
        missed_ns: TALLY.missed_ns.load(Relaxed),
    }
}

/// The live numbers behind [`Counters`].
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) samples: AtomicU64,
    pub(crate) sampled_ns: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) dropped_ns: AtomicU64,
    pub(crate) shallow: AtomicU64,
    pub(crate) truncated: AtomicU64,
    pub(crate) threads_watched: AtomicU64,
    pub(crate) threads_unwatched: AtomicU64,
    pub(crate) missed_ns: AtomicU64,
}

pub(crate) static TALLY: Tally = Tally {
    samples: AtomicU64::new(0),
    sampled_ns: AtomicU64::new(0),
    dropped: AtomicU64::new(0),
    dropped_ns: AtomicU64::new(0),
    shallow: AtomicU64::new(0),
    truncated: AtomicU64::new(0),
    threads_watched: AtomicU64::new(0),
    threads_unwatched: AtomicU64::new(0),
    missed_ns: AtomicU64::new(0),
};

//! How far the run is, as all threads know it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use crate::screen;

/// Counts of the whole run.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) kills: AtomicU64,
    /// Orders whose first 201 arrived.
    pub(crate) accepted: AtomicU64,
    /// Orders whose connection broke, or whose answer was 5xx.
    pub(crate) unknown: AtomicU64,
    /// Orders refused for lack of stock.
    pub(crate) refused: AtomicU64,
    /// Answers to a repeated key that were the first one.
    pub(crate) replays: AtomicU64,
    pub(crate) cancelled: AtomicU64,
    pub(crate) not_cancelled: AtomicU64,
    pub(crate) reads: AtomicU64,
    /// Answers that must not be.
    pub(crate) violations: AtomicU64,
}

/// Counts, the clock, and whether to go on.
pub(crate) struct Progress {
    pub(crate) counts: Counts,
    interrupted: Arc<AtomicBool>,
    closing: AtomicBool,
    abandoned: AtomicBool,
    began: Instant,
    /// Milliseconds since the beginning.
    last_accepted: AtomicU64,
    longest_gap: AtomicU64,
    shown: AtomicU64,
}

impl Progress {
    pub(crate) fn new(interrupted: Arc<AtomicBool>) -> Self {
        Self {
            counts: Counts::default(),
            interrupted,
            closing: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            began: Instant::now(),
            last_accepted: AtomicU64::new(0),
            longest_gap: AtomicU64::new(0),
            shown: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Relaxed)
    }

    /// Whether further kills would tell nothing new.
    pub(crate) fn must_end(&self) -> bool {
        self.is_interrupted() || 0 < self.counts.violations.load(Relaxed)
    }

    /// Tells the clients to begin nothing new.
    pub(crate) fn close(&self) {
        self.closing.store(true, Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Relaxed) || self.is_abandoned()
    }

    /// Tells the clients to stop where they are: nobody will look at what they know.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Relaxed);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed) || self.is_interrupted()
    }

    pub(crate) fn killed(&self) {
        self.counts.kills.fetch_add(1, Relaxed);
    }

    /// An order was acknowledged. Only while new ones are sent does a gap between two mean anything.
    pub(crate) fn accepted(&self) {
        let now = self.millis();
        let before = self.last_accepted.fetch_max(now, Relaxed);
        if 0 < before && !self.is_closing() {
            self.longest_gap
                .fetch_max(now.saturating_sub(before), Relaxed);
        }
        self.counts.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn longest_gap(&self) -> Duration {
        Duration::from_millis(self.longest_gap.load(Relaxed))
    }

    /// Shows it, if that was not done just now.
    pub(crate) fn show(&self) {
        let now = self.millis();
        if self.shown.load(Relaxed) + screen::interval_ms() <= now {
            self.shown.store(now, Relaxed);
            screen::progress(self);
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

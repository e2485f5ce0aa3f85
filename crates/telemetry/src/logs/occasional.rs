//! A line now and then for what happens all the time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How far apart the lines of one subject are, at least.
const INTERVAL: Duration = Duration::from_secs(10);

/// Adds up what happened between two lines about it.
#[derive(Debug, Default)]
pub struct Occasional {
    unreported: AtomicU64,
    reported: Mutex<Option<Instant>>,
}

impl Occasional {
    /// Counts `times`. Returns the sum since the last line when it is time for the next one:
    /// at once for the first, then every ten seconds at most. With 0 it only asks whether it is time.
    pub fn happened(&self, times: u64) -> Option<u64> {
        let unreported = self.unreported.fetch_add(times, Ordering::Relaxed) + times;
        if unreported == 0 {
            return None;
        }
        let mut reported = self.reported.try_lock()?;
        if reported.is_some_and(|at| at.elapsed() < INTERVAL) {
            return None;
        }
        *reported = Some(Instant::now());
        self.rest()
    }

    /// What no line has told yet, for a last one.
    pub fn rest(&self) -> Option<u64> {
        Some(self.unreported.swap(0, Ordering::Relaxed)).filter(|times| 0 < *times)
    }
}

#[cfg(test)]
mod tests {
    use super::Occasional;

    #[test]
    fn the_first_is_told_at_once_and_the_next_are_added_up() {
        let subject = Occasional::default();

        assert_eq!(subject.happened(3), Some(3));
        assert_eq!(subject.happened(4), None);
        *subject.reported.lock() = None;
        assert_eq!(subject.happened(1), Some(5));
    }

    #[test]
    fn what_was_not_told_is_told_later_or_at_the_end() {
        let subject = Occasional::default();
        subject.happened(1);
        subject.happened(2);

        assert_eq!(subject.happened(0), None);
        *subject.reported.lock() = None;
        assert_eq!(subject.happened(0), Some(2));
        *subject.reported.lock() = None;
        assert_eq!(subject.happened(0), None);
        subject.happened(4);
        subject.happened(5);
        assert_eq!(subject.rest(), Some(5));
        assert_eq!(subject.rest(), None);
    }
}

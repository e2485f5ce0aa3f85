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
    /// at once for the first, then every ten seconds at most.
    pub fn happened(&self, times: u64) -> Option<u64> {
        self.unreported.fetch_add(times, Ordering::Relaxed);
        let mut reported = self.reported.try_lock()?;
        if reported.is_some_and(|at| at.elapsed() < INTERVAL) {
            return None;
        }
        *reported = Some(Instant::now());
        Some(self.unreported.swap(0, Ordering::Relaxed))
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
}

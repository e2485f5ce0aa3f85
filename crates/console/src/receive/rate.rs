//! How much a signal may bring per second.

use std::time::Instant;

use parking_lot::Mutex;

/// A bucket that refills by the second. A push may overdraw it; the next has to wait until it is refilled.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl Rate {
    /// A full bucket of one second's worth.
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            state: Mutex::new((per_second, Instant::now())),
        }
    }

    /// Whether a push may come now.
    pub(crate) fn is_open(&self) -> bool {
        let mut state = self.state.lock();
        let (left, since) = *state;
        let now = Instant::now();
        let refilled = left + now.duration_since(since).as_secs_f64() * self.per_second;
        *state = (refilled.min(self.per_second), now);
        0.0 < state.0
    }

    /// Notes what a push brought.
    pub(crate) fn take(&self, items: u64) {
        self.state.lock().0 -= items as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn a_push_may_overdraw_and_the_next_waits() {
        let rate = Rate::new(1);

        assert!(rate.is_open());
        rate.take(1_000);

        assert!(!rate.is_open());
    }
}

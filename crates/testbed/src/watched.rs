//! A value that one thread changes and another waits for.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// A value under a lock, whose changes wake those who wait.
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.lock())
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let outcome = change(&mut self.value.lock());
        self.changed.notify_all();
        outcome
    }

    /// Waits until `found` finds something; `None` once `patience` has passed.
    pub(crate) fn wait<R>(
        &self,
        patience: Duration,
        mut found: impl FnMut(&T) -> Option<R>,
    ) -> Option<R> {
        let deadline = Instant::now() + patience;
        let mut value = self.value.lock();
        loop {
            let outcome = found(&value);
            if outcome.is_some() {
                return outcome;
            }
            if self.changed.wait_until(&mut value, deadline).timed_out() {
                return found(&value);
            }
        }
    }
}

//! What was not taken, by signal and reason.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::Signal;

/// Counts of what was refused.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<(Signal, &'static str), u64>>);

impl Refusals {
    pub(crate) fn add(&self, signal: Signal, reason: &'static str, count: u64) {
        if count > 0 {
            *self.0.lock().entry((signal, reason)).or_default() += count;
        }
    }

    /// All counts so far.
    pub(crate) fn all(&self) -> Vec<((Signal, &'static str), u64)> {
        let counts = self.0.lock();
        counts.iter().map(|(key, count)| (*key, *count)).collect()
    }
}

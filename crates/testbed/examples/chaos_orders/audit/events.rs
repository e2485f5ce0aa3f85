//! No event may appear behind one that was seen, and none that was seen may go.

use std::collections::BTreeSet;

use super::violation;
use crate::ledger::Violation;

/// Compares what a reader saw, one look after the other, with the numbers that are there.
pub(super) fn check(seen: &BTreeSet<i64>, numbers: &BTreeSet<i64>) -> Vec<Violation> {
    let last = seen.last().copied().unwrap_or(0);
    let missed = numbers
        .range(..=last)
        .filter(|number| !seen.contains(number))
        .map(|number| format!("event {number} appeared after a later one had been seen"));
    let gone = seen
        .difference(numbers)
        .map(|number| format!("event {number} was seen and is gone"));
    missed
        .chain(gone)
        .map(|what| violation(what, None))
        .collect()
}

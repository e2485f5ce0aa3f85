//! CPU time by span and stack, within bounds.

use std::collections::HashMap;
use std::time::Duration;

/// Stacks between two profiles: half an hour of one core at 100 Hz if no two samples were alike. With the next
/// bound it keeps a profile below the 4 MiB that Pyroscope takes by default.
const MOST_STACKS: usize = 16 * 1024;

/// Addresses in all of them, 8 bytes each.
const MOST_ADDRESSES: usize = 512 * 1024;

/// A stack under a span; 0 is no span. The leaf comes first.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) span: u64,
    pub(super) pcs: Box<[usize]>,
}

/// What was sampled since the last profile.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    times: HashMap<Stack, Duration>,
    addresses: usize,
}

impl Stacks {
    /// Adds a sample; `false` if there is no room for its stack.
    pub(super) fn add(&mut self, span: u64, pcs: &[usize], time: Duration) -> bool {
        let stack = Stack {
            span,
            pcs: pcs.into(),
        };
        if let Some(known) = self.times.get_mut(&stack) {
            *known += time;
            return true;
        }
        let fits = self.times.len() < MOST_STACKS && self.addresses + pcs.len() <= MOST_ADDRESSES;
        if fits {
            self.addresses += pcs.len();
            self.times.insert(stack, time);
        }
        fits
    }

    /// Whether it is time for a profile before its time: more than half of the room is taken.
    pub(super) fn is_filling(&self) -> bool {
        MOST_STACKS / 2 < self.times.len() || MOST_ADDRESSES / 2 < self.addresses
    }

    /// The stacks, those of the most time first, so that a bound further on cuts the least.
    pub(super) fn into_sorted(self) -> Vec<(Stack, Duration)> {
        let mut times: Vec<_> = self.times.into_iter().collect();
        times.sort_unstable_by_key(|(_, time)| std::cmp::Reverse(*time));
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(10);

    #[test]
    fn times_of_the_same_stack_and_span_add_up() {
        let mut stacks = Stacks::default();
        stacks.add(1, &[1, 2], TICK);
        stacks.add(1, &[1, 2], TICK * 2);
        stacks.add(2, &[1, 2], TICK);
        stacks.add(1, &[1], TICK);

        let sorted = stacks.into_sorted();

        assert_eq!(sorted.len(), 3);
        assert_eq!(sorted[0].0.span, 1);
        assert_eq!(*sorted[0].0.pcs, [1, 2]);
        assert_eq!(sorted[0].1, TICK * 3);
    }

    #[test]
    fn stacks_are_bounded_in_number_and_depth_and_known_ones_still_count() {
        let mut many = Stacks::default();
        let mut deep = Stacks::default();

        let added = (0..2 * MOST_STACKS).filter(|pc| many.add(1, &[*pc], TICK));
        assert_eq!(added.count(), MOST_STACKS);
        let depth = [7; 256];
        let added = (0..10_000).filter(|span| deep.add(*span, &depth, TICK));
        assert_eq!(added.count(), MOST_ADDRESSES / depth.len());

        assert!(many.is_filling() && deep.is_filling());
        assert!(many.add(1, &[5], TICK));
        assert!(!many.add(2, &[5], TICK));
    }
}

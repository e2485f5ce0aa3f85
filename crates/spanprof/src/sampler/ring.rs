//! Samples between the signal handlers that take them and the one who drains them.
//!
//! A slot is free, claimed by a handler that still writes, or ready. The one who drains skips what
//! is claimed and finds it ready the next time. Each drain ends with the numbering started anew, so
//! that no more memory is touched than the busiest second needed.

use std::cell::UnsafeCell;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicUsize};

/// Frames of a sample; what is deeper loses its callers.
pub(super) const DEPTH: usize = 253;

const FREE: u8 = 0;
const CLAIMED: u8 = 1;
const READY: u8 = 2;
const DRAINED: u8 = 3;

/// Slots a claim passes, filled since the drain went by, before it gives up: a handler cannot search.
const PATIENCE: usize = 64;

/// A sample as the handler writes it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) span: u64,
    pub(super) nanoseconds: u64,
    pub(super) thread: u32,
    pub(super) depth: u32,
    pub(super) pcs: [usize; DEPTH],
}

/// All zeroes is an empty ring.
pub(super) struct Ring<const SLOTS: usize> {
    next: AtomicUsize,
    /// One past the highest slot that was ever claimed.
    high: AtomicUsize,
    states: [AtomicU8; SLOTS],
    slots: [UnsafeCell<Slot>; SLOTS],
}

// SAFETY: a slot is touched only by who moved its state from FREE to CLAIMED, until READY, and from
// READY to DRAINED, until FREE. Both moves are compare-exchanges, so there is one such at a time.
unsafe impl<const SLOTS: usize> Sync for Ring<SLOTS> {}

impl<const SLOTS: usize> Ring<SLOTS> {
    /// An empty ring, whose memory is not touched before it is used.
    pub(super) fn new() -> Box<Self> {
        // SAFETY: atomics and integers may be all zeroes.
        unsafe { Box::<Self>::new_zeroed().assume_init() }
    }

    /// A slot to write to, unless the ring is full.
    pub(super) fn claim(&self) -> Option<Claim<'_>> {
        for _ in 0..PATIENCE {
            let index = self.next.fetch_add(1, Relaxed);
            let state = self.states.get(index)?;
            if state
                .compare_exchange(FREE, CLAIMED, Acquire, Relaxed)
                .is_ok()
            {
                self.high.fetch_max(index + 1, Relaxed);
                let slot = self.slots[index].get();
                return Some(Claim { state, slot });
            }
        }
        None
    }

    /// Hands on each sample that is ready, and frees its slot.
    pub(super) fn drain(&self, mut each: impl FnMut(&Slot)) {
        let high = self.high.load(Relaxed);
        for (state, slot) in self.states.iter().zip(&self.slots).take(high) {
            if state
                .compare_exchange(READY, DRAINED, AcqRel, Relaxed)
                .is_ok()
            {
                let _freed = Freed(state);
                // SAFETY: DRAINED keeps handlers and other drains away from this slot.
                each(unsafe { &*slot.get() });
            }
        }
        self.next.store(0, Relaxed);
    }
}

/// Frees the slot of a sample that was handed on, also if its receiver panicked.
struct Freed<'a>(&'a AtomicU8);

impl Drop for Freed<'_> {
    fn drop(&mut self) {
        self.0.store(FREE, Release);
    }
}

/// A slot that nobody else sees until it is published.
pub(super) struct Claim<'a> {
    state: &'a AtomicU8,
    slot: *mut Slot,
}

impl Claim<'_> {
    pub(super) fn slot(&mut self) -> &mut Slot {
        // SAFETY: the state is CLAIMED, by this claim alone, and every bit pattern is a `Slot`.
        unsafe { &mut *self.slot }
    }

    pub(super) fn publish(self) {
        self.state.store(READY, Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;

    fn push<const SLOTS: usize>(ring: &Ring<SLOTS>, span: u64) -> bool {
        let Some(mut claim) = ring.claim() else {
            return false;
        };
        claim.slot().span = span;
        claim.publish();
        true
    }

    fn drained<const SLOTS: usize>(ring: &Ring<SLOTS>) -> Vec<u64> {
        let mut spans = Vec::new();
        ring.drain(|slot| spans.push(slot.span));
        spans
    }

    #[test]
    fn what_is_claimed_is_skipped_and_not_lost() {
        let ring = Ring::<4>::new();
        let mut claim = ring.claim().unwrap();
        claim.slot().span = 1;
        assert!(push(&ring, 2));

        assert_eq!(drained(&ring), [2]);
        assert!(push(&ring, 3));
        assert_eq!(drained(&ring), [3]);

        claim.publish();
        assert_eq!(drained(&ring), [1]);
        assert_eq!(drained(&ring), [0; 0]);
    }

    #[test]
    fn a_full_ring_refuses_and_keeps_what_it_has() {
        let ring = Ring::<3>::new();
        let taken: Vec<bool> = (1..=5).map(|span| push(&ring, span)).collect();

        assert_eq!(taken, [true, true, true, false, false]);
        assert_eq!(drained(&ring), [1, 2, 3]);
        assert!(push(&ring, 6));
        assert_eq!(drained(&ring), [6]);
    }

    #[test]
    fn a_second_of_few_samples_touches_few_slots() {
        let ring = Ring::<1000>::new();
        for second in 0..100 {
            assert!(push(&ring, second) && push(&ring, second));
            assert_eq!(drained(&ring), [second; 2]);
        }

        assert_eq!(ring.high.load(Relaxed), 2);
    }

    #[test]
    fn a_receiver_that_panics_costs_its_sample_alone() {
        let ring = Ring::<2>::new();
        assert!(push(&ring, 1) && push(&ring, 2));
        let receiver = || ring.drain(|_| panic!("planted"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(receiver)).unwrap_err();

        assert_eq!(drained(&ring), [2]);
        assert!(push(&ring, 3) && push(&ring, 4));
        assert_eq!(drained(&ring), [3, 4]);
    }

    #[test]
    fn many_writers_lose_nothing_uncounted_and_tear_nothing() {
        const WRITERS: u64 = 4;
        const EACH: u64 = 50_000;
        let ring = Ring::<64>::new();
        let writing = AtomicBool::new(true);
        let (mut arrived, mut refused) = (0, 0);

        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    scope.spawn({
                        let ring = &ring;
                        move || write(ring, EACH, writer)
                    })
                })
                .collect();
            let reader = scope.spawn(|| {
                let mut arrived = 0;
                while writing.load(Relaxed) {
                    arrived += read_whole(&ring);
                }
                arrived + read_whole(&ring)
            });
            refused = writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum();
            writing.store(false, Relaxed);
            arrived = reader.join().unwrap();
        });

        assert!(arrived > 0);
        assert_eq!(arrived + refused, WRITERS * EACH);
    }

    /// Returns how many samples were refused.
    fn write<const SLOTS: usize>(ring: &Ring<SLOTS>, samples: u64, writer: u64) -> u64 {
        let mut refused = 0;
        for sample in 0..samples {
            let Some(mut claim) = ring.claim() else {
                refused += 1;
                continue;
            };
            let mark = writer << 32 | sample;
            claim.slot().span = mark;
            claim.slot().pcs.fill(mark as usize);
            claim.slot().nanoseconds = mark;
            claim.publish();
        }
        refused
    }

    fn read_whole<const SLOTS: usize>(ring: &Ring<SLOTS>) -> u64 {
        let mut arrived = 0;
        ring.drain(|slot| {
            assert!(
                slot.pcs.iter().all(|pc| *pc as u64 == slot.span),
                "a torn sample"
            );
            assert_eq!(slot.nanoseconds, slot.span);
            arrived += 1;
        });
        arrived
    }
}

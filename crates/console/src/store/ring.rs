//! A bounded store of segments: the oldest goes when the newest needs room.

use std::collections::VecDeque;
use std::sync::Arc;

/// How many segments a full ring has at least, so that making room costs little of what is kept.
const SEGMENTS: usize = 64;
/// A segment is copied when a question is asked while it is filled, so it must not be large.
const LARGEST_SEGMENT: usize = 1 << 20;

/// A part of a ring: filled, then only read, then dropped as a whole.
pub(crate) trait Segment: Clone + Default {
    /// What it takes in memory, in bytes.
    fn bytes(&self) -> usize;

    /// How many things it holds.
    fn items(&self) -> usize;

    /// Gives back memory that is not used, once nothing more is added.
    fn seal(&mut self);
}

/// Segments in the order in which they were filled. Who asks gets them shared, and holds up nobody.
#[derive(Debug)]
pub(crate) struct Ring<S> {
    sealed: VecDeque<Arc<S>>,
    open: Arc<S>,
    sealed_bytes: usize,
    limit: usize,
    evicted: u64,
}

impl<S: Segment> Ring<S> {
    /// A ring that takes at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            sealed: VecDeque::new(),
            open: Arc::default(),
            sealed_bytes: 0,
            limit,
            evicted: 0,
        }
    }

    /// The segment to add to. What had to go for it is passed to `evicted`.
    pub(crate) fn open(&mut self, mut evicted: impl FnMut(&S)) -> &mut S {
        if self.segment_limit() <= self.open.bytes() {
            let mut full = std::mem::take(&mut self.open);
            Arc::make_mut(&mut full).seal();
            self.sealed_bytes += full.bytes();
            self.sealed.push_back(full);
            // The segment being filled may take a whole share too.
            while self.limit < self.sealed_bytes + self.segment_limit() {
                let Some(oldest) = self.sealed.pop_front() else {
                    break;
                };
                self.sealed_bytes -= oldest.bytes();
                self.evicted += oldest.items() as u64;
                evicted(&oldest);
            }
        }
        Arc::make_mut(&mut self.open)
    }

    /// All segments, the oldest first.
    pub(crate) fn segments(&self) -> Vec<Arc<S>> {
        self.sealed.iter().chain([&self.open]).cloned().collect()
    }

    /// What it takes in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.sealed_bytes + self.open.bytes()
    }

    /// What it may take, in bytes.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// How many things it holds.
    pub(crate) fn items(&self) -> usize {
        let sealed = self.sealed.iter().map(|segment| segment.items());
        sealed.sum::<usize>() + self.open.items()
    }

    /// How many things made room for newer ones.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    fn segment_limit(&self) -> usize {
        (self.limit / SEGMENTS).min(LARGEST_SEGMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Numbers(Vec<u64>);

    impl Segment for Numbers {
        fn bytes(&self) -> usize {
            self.0.len() * 8
        }
        fn items(&self) -> usize {
            self.0.len()
        }
        fn seal(&mut self) {}
    }

    #[test]
    fn the_newest_stay_within_the_limit_and_the_rest_is_counted() {
        let mut ring = Ring::<Numbers>::new(64 * 80);
        let mut gone = 0;

        for number in 0..10_000 {
            ring.open(|old| gone += old.items()).0.push(number);
            assert!(ring.bytes() <= ring.limit());
        }

        let kept: Vec<u64> = ring.segments().iter().flat_map(|s| s.0.clone()).collect();
        assert_eq!(kept, Vec::from_iter(10_000 - kept.len() as u64..10_000));
        assert_eq!(gone + kept.len(), 10_000);
        assert_eq!(ring.evicted(), gone as u64);
        assert!(600 < kept.len(), "{}", kept.len());
    }

    #[test]
    fn who_has_asked_keeps_what_was_there() {
        let mut ring = Ring::<Numbers>::new(1 << 20);
        ring.open(|_| {}).0.push(1);

        let before = ring.segments();
        ring.open(|_| {}).0.push(2);

        assert_eq!(before[0].0, [1]);
        assert_eq!(ring.segments()[0].0, [1, 2]);
    }
}

//! Where a thread's stack lies: what may be read when it is walked.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

/// Bounds that the handler reads while others may write them.
pub(super) struct Bounds {
    low: AtomicUsize,
    /// Zero while nothing is known.
    high: AtomicUsize,
}

impl Bounds {
    pub(super) const fn unknown() -> Self {
        Self {
            low: AtomicUsize::new(0),
            high: AtomicUsize::new(0),
        }
    }

    pub(super) fn set(&self, stack: &Range<usize>) {
        self.high.store(0, Release);
        self.low.store(stack.start, Release);
        self.high.store(stack.end, Release);
    }

    /// Empty while nothing is known, or while it is being written.
    pub(super) fn get(&self) -> Range<usize> {
        let before = self.high.load(Acquire);
        let low = self.low.load(Acquire);
        let after = self.high.load(Acquire);
        if before == after { low..after } else { 0..0 }
    }
}

/// Where a thread was seen whose stack is not known, from its handler to the scanner.
pub(super) struct Sighting {
    sp: AtomicUsize,
    thread_pointer: AtomicUsize,
}

/// No stack pointers: nothing was seen, or the scanner found no stack there.
const NONE: usize = 0;
const VAIN: usize = 1;

impl Sighting {
    pub(super) const fn none() -> Self {
        Self {
            sp: AtomicUsize::new(NONE),
            thread_pointer: AtomicUsize::new(NONE),
        }
    }

    /// Returns whether this is news.
    pub(super) fn tell(&self, sp: usize, thread_pointer: usize) -> bool {
        if self.sp.load(Acquire) != NONE {
            return false;
        }
        self.thread_pointer.store(thread_pointer, Release);
        self.sp.store(sp, Release);
        true
    }

    /// Stack pointer and thread pointer, if they still wait for an answer.
    pub(super) fn open(&self) -> Option<(usize, usize)> {
        let sp = self.sp.load(Acquire);
        (sp != NONE && sp != VAIN).then(|| (sp, self.thread_pointer.load(Acquire)))
    }

    /// After an answer in vain nothing is told until `retry`.
    pub(super) fn close(&self, found: bool) {
        self.sp.store(if found { NONE } else { VAIN }, Release);
    }

    pub(super) fn retry(&self) {
        let _ = self.sp.compare_exchange(VAIN, NONE, AcqRel, Acquire);
    }
}

/// The calling thread's own stack.
pub(super) fn own() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: initialises what it is given, for the thread that calls.
    if unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut low, mut size) = (ptr::null_mut(), 0);
    // SAFETY: initialised above, and destroyed once, after the last use.
    let failed = unsafe {
        let failed = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        failed
    };
    (failed == 0).then(|| low.addr()..low.addr() + size)
}

/// The stack of a thread that was seen with this stack pointer and thread pointer.
///
/// A mapping may go on above the stack with memory of others, who may unmap it. So a stack ends where
/// its thread's block begins, which lies on top of it; but for the first thread's, which the kernel named.
pub(super) fn around(maps: &str, sp: usize, thread_pointer: usize) -> Option<Range<usize>> {
    let (mapping, name) = maps
        .lines()
        .filter_map(mapping)
        .find(|(mapping, _)| mapping.contains(&sp))?;
    if name == "[stack]" {
        return Some(mapping);
    }
    (sp < thread_pointer && thread_pointer < mapping.end).then_some(mapping.start..thread_pointer)
}

/// A line of `/proc/self/maps`: addresses, rights, offset, device, inode, and mostly no name.
fn mapping(line: &str) -> Option<(Range<usize>, &str)> {
    let mut words = line.split_ascii_whitespace();
    let (low, high) = words.next()?.split_once('-')?;
    let low = usize::from_str_radix(low, 16).ok()?;
    let high = usize::from_str_radix(high, 16).ok()?;
    words
        .next()?
        .starts_with("rw")
        .then(|| (low..high, words.nth(3).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;
    use crate::sampler::registers;

    const MAPS: &str = "\
55d0c0000000-55d0c0100000 rw-p 00000000 fe:00 1234 /usr/bin/service
7f0000000000-7f0000001000 ---p 00000000 00:00 0
7f0000001000-7f0000300000 rw-p 00000000 00:00 0
7f0000400000-7f0000500000 r-xp 00000000 fe:00 99 /usr/lib/libc.so.6
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
";

    #[test]
    fn a_stack_ends_at_the_block_of_its_thread() {
        let stack = around(MAPS, 0x7f00_0010_0000, 0x7f00_0020_1700);

        assert_eq!(stack, Some(0x7f00_0000_1000..0x7f00_0020_1700));
    }

    #[test]
    fn the_first_threads_stack_is_the_one_with_a_name() {
        let stack = around(MAPS, 0x7ffc_0000_8000, 0x7f00_0020_1700);

        assert_eq!(stack, Some(0x7ffc_0000_0000..0x7ffc_0002_1000));
    }

    #[test]
    fn other_memory_is_no_stack() {
        let block = 0x7f00_0020_1700;
        assert_eq!(
            around(MAPS, 0x7f00_0020_2000, block),
            None,
            "above the block"
        );
        assert_eq!(
            around(MAPS, 0x55d0_c000_1000, block),
            None,
            "the block is elsewhere"
        );
        assert_eq!(around(MAPS, 0x7f00_0000_0800, block), None, "no rights");
        assert_eq!(around(MAPS, 0x7f00_0040_0800, block), None, "code");
        assert_eq!(around(MAPS, 0x1000, block), None, "nothing there");
        assert_eq!(around("nonsense\n\n12-zz rw-p", 0x1000, block), None);
    }

    #[test]
    fn both_ways_find_the_stack_of_a_real_thread() {
        let found = thread::spawn(|| {
            let maps = fs::read_to_string("/proc/self/maps").unwrap();
            let (sp, block) = (registers::stack_pointer(), registers::thread_pointer());
            (sp, own().unwrap(), around(&maps, sp, block).unwrap())
        });

        let (sp, own, around) = found.join().unwrap();
        assert!(own.contains(&sp) && around.contains(&sp));
        assert!(
            around.end <= own.end && own.end - around.end < 1 << 16,
            "{own:x?} {around:x?}"
        );
    }
}

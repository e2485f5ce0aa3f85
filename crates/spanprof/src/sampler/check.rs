//! Whether this program has frame pointers: three known frames are walked at start.

use std::hint::black_box;
use std::ops::Range;

use crate::sampler::registers::{ABI, frame_pointer, stack_pointer};
use crate::sampler::stack;
use crate::sampler::walk::{Registers, walk};

/// None of the functions below is longer.
const LONGEST: usize = 1_024;

pub(super) fn has_frame_pointers() -> bool {
    let Some(stack) = stack::own() else {
        return false;
    };
    let mut pcs = [0; 4];
    first(&stack, &mut pcs);
    let callers =
        [first as *const (), second as *const (), third as *const ()].map(<*const ()>::addr);
    let [leaf, in_third, in_second, in_first] = pcs;
    leaf == LEAF
        && is_within(in_first, callers[0])
        && is_within(in_second, callers[1])
        && is_within(in_third, callers[2])
}

/// Stands for the pc that a signal would bring.
const LEAF: usize = usize::MAX;

fn is_within(pc: usize, function: usize) -> bool {
    pc.wrapping_sub(function) < LONGEST
}

// The sums differ so that the functions are not merged, and come last so that no call is a tail call.

#[inline(never)]
fn first(stack: &Range<usize>, pcs: &mut [usize]) -> usize {
    black_box(second(stack, pcs)) + 1
}

#[inline(never)]
fn second(stack: &Range<usize>, pcs: &mut [usize]) -> usize {
    black_box(third(stack, pcs)) + 2
}

#[inline(never)]
fn third(stack: &Range<usize>, pcs: &mut [usize]) -> usize {
    black_box(innermost(stack, pcs)) + 3
}

#[inline(never)]
fn innermost(stack: &Range<usize>, pcs: &mut [usize]) -> usize {
    let from = Registers {
        pc: LEAF,
        sp: stack_pointer(),
        fp: frame_pointer(),
    };
    // SAFETY: aligned, and between the stack pointer of this thread and the end of its stack.
    let read =
        |address| unsafe { std::ptr::with_exposed_provenance::<usize>(address).read_volatile() };
    black_box(walk(ABI, from, stack, read, pcs).depth)
}

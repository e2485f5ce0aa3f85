//! The walk up a chain of frame pointers, as arithmetic on addresses.

use std::ops::Range;

/// Where a thread was when it was interrupted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers {
    pub(super) pc: usize,
    pub(super) sp: usize,
    pub(super) fp: usize,
}

/// What processors make of a frame's two words, the caller's frame pointer and the return address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abi {
    /// The bits of a return address that are the address; a signature may sit in the others.
    address: usize,
    /// From the return address back into the call, so that it is found on the line of the call.
    call: usize,
}

#[cfg(any(target_arch = "x86_64", test))]
pub(super) const X86_64: Abi = Abi {
    address: usize::MAX,
    call: 1,
};
#[cfg(any(target_arch = "aarch64", test))]
pub(super) const AARCH64: Abi = Abi {
    address: (1 << 48) - 1,
    call: 4,
};

/// How far a walk came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walked {
    pub(super) depth: usize,
    /// The stack went on, but there was no room for it.
    pub(super) truncated: bool,
}

const WORD: usize = size_of::<usize>();

/// No code lies below: kernels keep the first page empty.
const LOWEST_CODE: usize = 4096;

/// Fills `pcs`, leaf first. Reads only whole words of `stack` at or above the stack pointer.
pub(super) fn walk(
    abi: Abi,
    from: Registers,
    stack: &Range<usize>,
    read: impl Fn(usize) -> usize,
    pcs: &mut [usize],
) -> Walked {
    let Some((leaf, callers)) = pcs.split_first_mut() else {
        return Walked {
            depth: 0,
            truncated: true,
        };
    };
    *leaf = from.pc;
    let mut depth = 1;
    if !stack.contains(&from.sp) {
        return Walked {
            depth,
            truncated: false,
        };
    }

    // Frames lie one above the other, so each bounds the search for the next, and the walk ends.
    let (mut low, mut fp) = (from.sp, from.fp);
    for pc in callers {
        if !is_frame(fp, low..stack.end) {
            return Walked {
                depth,
                truncated: false,
            };
        }
        let back = read(fp + WORD) & abi.address;
        if back < LOWEST_CODE {
            return Walked {
                depth,
                truncated: false,
            };
        }
        *pc = back - abi.call;
        depth += 1;
        low = fp + 2 * WORD;
        fp = read(fp);
    }
    Walked {
        depth,
        truncated: is_frame(fp, low..stack.end),
    }
}

fn is_frame(fp: usize, within: Range<usize>) -> bool {
    fp.is_multiple_of(WORD) && within.contains(&fp) && within.end - fp >= 2 * WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: usize = 0x7fff_0000_0000;

    /// A stack whose words stand from `LOW` upwards.
    fn walked(abi: Abi, words: &[usize], sp: usize, fp: usize, room: usize) -> (Vec<usize>, bool) {
        let stack = LOW..LOW + words.len() * WORD;
        let read = |address: usize| {
            assert!(
                stack.contains(&address) && address >= LOW + sp * WORD,
                "read {address:#x}"
            );
            words[(address - LOW) / WORD]
        };
        let from = Registers {
            pc: 0x5000_0000,
            sp: LOW + sp * WORD,
            fp: LOW + fp * WORD,
        };
        let mut pcs = vec![0; room];
        let walked = walk(abi, from, &stack, read, &mut pcs);
        pcs.truncate(walked.depth);
        (pcs, walked.truncated)
    }

    fn at(word: usize) -> usize {
        LOW + word * WORD
    }

    #[test]
    fn a_stack_of_x86_64() {
        let words = [7, at(4), 0x5000_1000, 7, 0, 0x5000_2000, 7, 7];

        assert_eq!(
            walked(X86_64, &words, 0, 1, 8),
            (vec![0x5000_0000, 0x5000_0fff, 0x5000_1fff], false)
        );
    }

    #[test]
    fn a_stack_of_aarch64_with_signed_return_addresses() {
        let signature = 0x00ab << 48;
        let words = [
            at(2),
            0x5000_1000 | signature,
            at(6),
            0x5000_2000 | signature,
            7,
            7,
            0,
            0,
        ];

        assert_eq!(
            walked(AARCH64, &words, 0, 0, 8),
            (vec![0x5000_0000, 0x5000_0ffc, 0x5000_1ffc], false)
        );
    }

    #[test]
    fn a_full_sample_says_that_callers_are_missing() {
        let words = [at(2), 0x5000_1000, at(4), 0x5000_2000, 0, 0];

        assert_eq!(
            walked(X86_64, &words, 0, 0, 2),
            (vec![0x5000_0000, 0x5000_0fff], true)
        );
        assert_eq!(walked(X86_64, &words, 0, 0, 0), (vec![], true));
    }

    #[test]
    fn an_unknown_stack_is_not_read() {
        let nowhere = 0..0;
        let from = Registers {
            pc: 0x5000_0000,
            sp: LOW,
            fp: LOW,
        };
        let mut pcs = [0; 4];

        let walked = walk(X86_64, from, &nowhere, |_| panic!("read"), &mut pcs);

        assert_eq!(
            walked,
            Walked {
                depth: 1,
                truncated: false
            }
        );
        assert_eq!(pcs, [0x5000_0000, 0, 0, 0]);
    }

    #[test]
    fn a_chain_that_points_elsewhere_ends() {
        let leaf = (vec![0x5000_0000], false);
        let words = [7; 8];
        assert_eq!(
            walked(X86_64, &words, 4, 2, 8),
            leaf,
            "below the stack pointer"
        );
        assert_eq!(walked(X86_64, &words, 0, 7, 8), leaf, "half beyond the end");
        assert_eq!(walked(X86_64, &words, 0, 9, 8), leaf, "beyond the end");

        let words = [at(0), 0x5000_1000, at(3) + 1, 0x5000_1000, 7, 7];
        let caller = (vec![0x5000_0000, 0x5000_0fff], false);
        assert_eq!(walked(X86_64, &words, 0, 0, 8), caller, "to itself");
        assert_eq!(walked(X86_64, &words, 0, 2, 8), caller, "to no word");

        let words = [at(2), 4095, 0, 0];
        assert_eq!(walked(X86_64, &words, 0, 0, 8), leaf, "to no code");
    }

    #[test]
    fn a_walk_up_any_words_ends_within_the_stack() {
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        for _ in 0..10_000 {
            let words: Vec<usize> = (0..32)
                .map(|_| match random() % 3 {
                    0 => at(random() % 40),
                    1 => usize::MAX - random() % 64,
                    _ => random(),
                })
                .collect();

            let (pcs, _) = walked(X86_64, &words, random() % 32, random() % 40, 64);
            assert!(pcs.len() <= 17, "a frame is two words");
        }
    }
}

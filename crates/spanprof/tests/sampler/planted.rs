//! Functions that are told apart in stacks, and burn a known amount of CPU time.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::time::Duration;

macro_rules! planted {
    ($($name:ident = $salt:literal),*) => {
        /// Each burns about the CPU time it is given, and returns what it really used.
        pub(crate) const PLANTED: &[fn(Duration) -> Duration] = &[$($name),*];

        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            // Salted, so that they are not merged into one.
            #[inline(never)]
            fn $name(wanted: Duration) -> Duration {
                let used = burn(wanted);
                black_box($salt);
                used
            }
        )*
    };
}

planted!(
    planted_0 = 0,
    planted_1 = 1,
    planted_2 = 2,
    planted_3 = 3,
    planted_4 = 4,
    planted_5 = 5,
    planted_6 = 6,
    planted_7 = 7,
    planted_8 = 8,
    planted_9 = 9
);

/// Which planted function a frame's address is of.
pub(crate) fn planted_at(pc: usize) -> Option<usize> {
    let mut planted = None;
    backtrace::resolve(std::ptr::without_provenance_mut(pc), |symbol| {
        let name = symbol
            .name()
            .map(|name| name.to_string())
            .unwrap_or_default();
        planted = planted.or(NAMES.iter().position(|planted| name.contains(planted)));
    });
    planted
}

fn burn(wanted: Duration) -> Duration {
    let began = thread_time();
    loop {
        for turn in 0..20_000_u64 {
            black_box(turn);
        }
        let used = thread_time() - began;
        if used >= wanted {
            return used;
        }
    }
}

pub(crate) fn thread_time() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

pub(crate) fn process_time() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(clock: libc::clockid_t) -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the kernel fills in the time.
    let time = unsafe {
        libc::clock_gettime(clock, time.as_mut_ptr());
        time.assume_init()
    };
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

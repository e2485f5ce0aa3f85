//! A timer on the CPU clock of one thread, which sends its signal to that thread.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

use crate::counters::TALLY;

const SECOND: u64 = 1_000_000_000;

/// Runs from its making until it is dropped, or its thread ends.
pub(super) struct Timer(libc::timer_t);

// SAFETY: the kernel's name for a timer, valid in every thread of the process.
unsafe impl Send for Timer {}

impl Timer {
    /// Its signals carry the ticket. The first comes somewhere within the first period, so that threads
    /// which live for less are hit in proportion to what they use.
    pub(super) fn start(thread: libc::pid_t, ticket: usize, period_ns: u64) -> io::Result<Self> {
        // SAFETY: integers and a pointer, which may be zero.
        let mut event: libc::sigevent = unsafe { zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGPROF;
        event.sigev_notify_thread_id = thread;
        event.sigev_value.sival_ptr = ptr::without_provenance_mut(ticket);
        let mut id = ptr::null_mut();
        // SAFETY: both are valid, and are only used during the call.
        check(unsafe { libc::timer_create(cpu_clock(thread), &raw mut event, &raw mut id) })?;
        TALLY.threads_watched.fetch_add(1, Relaxed);
        let timer = Self(id);

        let first_ns = 1 + RandomState::new().hash_one(thread) % period_ns;
        let times = libc::itimerspec {
            it_interval: timespec(period_ns),
            it_value: timespec(first_ns),
        };
        // SAFETY: the timer exists, and nobody asks for the times that it had.
        check(unsafe { libc::timer_settime(timer.0, 0, &raw const times, ptr::null_mut()) })?;
        Ok(timer)
    }

    /// Whether its thread lives: the kernel shows the timer of a dead one as disarmed, also when another
    /// thread has got the same id.
    pub(super) fn is_alive(&self) -> bool {
        let mut times = MaybeUninit::<libc::itimerspec>::zeroed();
        // SAFETY: the timer exists, and the kernel fills in the times.
        let times = unsafe {
            libc::timer_gettime(self.0, times.as_mut_ptr());
            times.assume_init()
        };
        times.it_value.tv_sec != 0 || times.it_value.tv_nsec != 0
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: made once, deleted once.
        unsafe { libc::timer_delete(self.0) };
        TALLY.threads_watched.fetch_sub(1, Relaxed);
    }
}

/// Fails where the kernel, or a filter of system calls, refuses such timers.
pub(super) fn probe() -> io::Result<()> {
    const A_CENTURY_NS: u64 = 100 * 365 * 86_400 * SECOND;
    // SAFETY: no arguments.
    let own = unsafe { libc::gettid() };
    Timer::start(own, 0, A_CENTURY_NS).map(drop)
}

/// The CPU time that a thread has used, unless it is gone.
pub(super) fn cpu_time_ns(thread: libc::pid_t) -> Option<u64> {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the kernel fills in the time, or leaves its zeroes.
    let (answer, time) = unsafe {
        let answer = libc::clock_gettime(cpu_clock(thread), time.as_mut_ptr());
        (answer, time.assume_init())
    };
    (answer == 0).then(|| nanoseconds(time))
}

/// None at all for a time before zero, to which a library that shifts clocks for tests may set this one too.
fn nanoseconds(time: libc::timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).ok();
    seconds.map_or(0, |seconds| {
        seconds
            .saturating_mul(SECOND)
            .saturating_add(time.tv_nsec.cast_unsigned())
    })
}

/// As `pthread_getcpuclockid` makes it, for threads of which only the id is known: the kernel's
/// `CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED`.
fn cpu_clock(thread: libc::pid_t) -> libc::clockid_t {
    !thread << 3 | 0b110
}

fn timespec(ns: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (ns / SECOND).cast_signed(),
        tv_nsec: (ns % SECOND).cast_signed(),
    }
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    const A_DAY_NS: u64 = 86_400 * SECOND;

    #[test]
    fn a_timer_tells_that_its_thread_is_gone() {
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            // SAFETY: no arguments.
            tell.send(unsafe { libc::gettid() }).unwrap();
            ended.recv().unwrap_err();
        });
        let timer = Timer::start(told.recv().unwrap(), 0, A_DAY_NS).unwrap();

        assert!(timer.is_alive());
        drop(end);
        thread.join().unwrap();
        while timer.is_alive() {
            thread::yield_now();
        }
    }

    #[test]
    fn there_is_no_timer_on_threads_of_others() {
        let of_init = Timer::start(1, 0, A_DAY_NS);

        assert!(of_init.is_err());
        assert_eq!(cpu_time_ns(1), None);
    }

    #[test]
    fn a_shifted_clock_is_no_reason_to_end() {
        let time = |tv_sec, tv_nsec| nanoseconds(libc::timespec { tv_sec, tv_nsec });

        assert_eq!(time(2, 7), 2_000_000_007);
        assert_eq!(time(-3_600, 999_999_999), 0);
        assert_eq!(time(i64::MAX, 1), u64::MAX);
    }
}

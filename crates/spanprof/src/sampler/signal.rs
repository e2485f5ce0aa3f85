//! The signal handler. It takes no lock, allocates nothing, cannot panic, and calls only write(2).

use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::counters::TALLY;
use crate::profiler::StartError;
use crate::sampler::ring::Ring;
use crate::sampler::threads::{self, Record};
use crate::sampler::walk::{Registers, walk};
use crate::sampler::{registers, scanner};

/// What 80 busy cores fill in a second at 100 Hz. 16 MiB, of which only what is used is ever touched.
const SLOTS: usize = 8_192;

static RING: OnceLock<Box<Ring<SLOTS>>> = OnceLock::new();
static PERIOD_NS: AtomicU64 = AtomicU64::new(0);

pub(super) fn ring() -> &'static Ring<SLOTS> {
    RING.get_or_init(Ring::new)
}

/// The kernel's `siginfo_t` of a timer.
#[repr(C)]
struct TimerSignal {
    signal: libc::c_int,
    errno: libc::c_int,
    code: libc::c_int,
    padding: libc::c_int,
    timer: libc::c_int,
    overrun: libc::c_int,
    ticket: usize,
}

/// Makes the handler that of SIGPROF. It stays: the default would end the process at a late signal.
pub(super) fn install(period_ns: u64) -> Result<(), StartError> {
    ring();
    PERIOD_NS.store(period_ns, Relaxed);

    let mut present = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: only asks, and the kernel fills in the answer.
    let present = unsafe {
        libc::sigaction(libc::SIGPROF, ptr::null(), present.as_mut_ptr());
        present.assume_init()
    };
    let ours = on_tick as extern "C" fn(_, _, _) as libc::sighandler_t;
    if ![libc::SIG_DFL, libc::SIG_IGN, ours].contains(&present.sa_sigaction) {
        return Err(StartError::SignalTaken);
    }

    // SAFETY: integers and an optional function, which may be zero.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = ours;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the handler has the signature of SA_SIGINFO, and lives as long as the program.
    let answer = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, ptr::null_mut()) };
    if answer == 0 {
        Ok(())
    } else {
        Err(StartError::Refused(
            "handle SIGPROF",
            io::Error::last_os_error(),
        ))
    }
}

extern "C" fn on_tick(
    _signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel gives both to a handler with SA_SIGINFO; the first is larger than what we read.
    let (info, context) = unsafe {
        (
            &*info.cast::<TimerSignal>(),
            &*context.cast::<libc::ucontext_t>(),
        )
    };
    if info.code != libc::SI_TIMER {
        return;
    }
    let Some(record) = threads::by_ticket(info.ticket) else {
        return;
    };
    // SAFETY: the address of this thread's errno, which write(2) may change.
    let errno = unsafe { &mut *libc::__errno_location() };
    let kept = *errno;
    // Expirations that the thread did not see one by one count into this sample.
    let periods = u64::from(info.overrun.max(0).cast_unsigned()).saturating_add(1);
    sample(
        record,
        registers::interrupted(context),
        periods.saturating_mul(PERIOD_NS.load(Relaxed)),
    );
    *errno = kept;
}

fn sample(record: &Record, from: Registers, nanoseconds: u64) {
    let Some(mut claim) = RING.get().and_then(|ring| ring.claim()) else {
        TALLY.dropped.fetch_add(1, Relaxed);
        TALLY.dropped_ns.fetch_add(nanoseconds, Relaxed);
        return;
    };
    let stack = record.stack.get();
    if !stack.contains(&from.sp) {
        TALLY.shallow.fetch_add(1, Relaxed);
        if record.sighting.tell(from.sp, registers::thread_pointer()) {
            scanner::ring();
        }
    }

    let slot = claim.slot();
    // SAFETY: aligned, and between the stack pointer of this thread and the end of its stack.
    let read = |address| unsafe { ptr::with_exposed_provenance::<usize>(address).read_volatile() };
    let walked = walk(registers::ABI, from, &stack, read, &mut slot.pcs);
    slot.depth = walked.depth as u32;
    slot.nanoseconds = nanoseconds;
    slot.thread = record.thread.load(Relaxed);
    // SAFETY: whoever set the label keeps it until it is reset, on this very thread.
    let tag = unsafe { record.label.load(Relaxed).as_ref() };
    slot.span = tag.map_or(0, |tag| tag.span);
    claim.publish();

    if let Some(tag) = tag {
        tag.hits.fetch_add(1, Relaxed);
    }
    TALLY.samples.fetch_add(1, Relaxed);
    TALLY.sampled_ns.fetch_add(nanoseconds, Relaxed);
    TALLY.truncated.fetch_add(walked.truncated.into(), Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_NS: u64 = 3_600_000_000_000;

    /// As the kernel would call the handler, from nowhere in particular, with an errno of 77.
    fn deliver(code: libc::c_int, ticket: usize, overrun: libc::c_int) -> (u64, u64, u64) {
        let signal = TimerSignal {
            signal: libc::SIGPROF,
            errno: 0,
            code,
            padding: 0,
            timer: 0,
            overrun,
            ticket,
        };
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        let mut context = MaybeUninit::<libc::ucontext_t>::zeroed();
        // SAFETY: it fits, and both are integers, whose zeroes are valid.
        unsafe {
            info.as_mut_ptr().cast::<TimerSignal>().write(signal);
            *libc::__errno_location() = 77;
        }
        on_tick(
            libc::SIGPROF,
            info.as_mut_ptr(),
            context.as_mut_ptr().cast(),
        );
        assert_eq!(io::Error::last_os_error().raw_os_error(), Some(77));
        let tally = |tally: &AtomicU64| tally.load(Relaxed);
        (
            tally(&TALLY.samples),
            tally(&TALLY.sampled_ns),
            tally(&TALLY.dropped_ns),
        )
    }

    /// One test, because the process has one ring. Nobody answers the bell here, so that ringing it fails.
    #[test]
    fn only_our_signals_count_errno_stays_and_a_full_ring_is_counted() {
        install(HOUR_NS).unwrap();
        threads::watch().begin(HOUR_NS);
        let ticket = threads::own_ticket().unwrap();
        let later = ticket + (1 << 16);

        assert_eq!(deliver(libc::SI_USER, ticket, 0), (0, 0, 0), "sent by kill");
        assert_eq!(deliver(libc::SI_TIMER, 0, 0), (0, 0, 0), "another's timer");
        assert_eq!(
            deliver(libc::SI_TIMER, later, 0),
            (0, 0, 0),
            "a timer that is gone"
        );
        assert_eq!(
            deliver(libc::SI_TIMER, ticket | 0xffff, 0),
            (0, 0, 0),
            "no record"
        );
        assert_eq!(
            deliver(libc::SI_TIMER, ticket, 2),
            (1, 3 * HOUR_NS, 0),
            "two expired unseen"
        );
        ring().drain(|slot| {
            assert_eq!(
                (slot.depth, slot.nanoseconds, slot.span),
                (1, 3 * HOUR_NS, 0)
            )
        });

        let held: Vec<_> = std::iter::from_fn(|| ring().claim()).collect();
        assert_eq!(held.len(), SLOTS);
        assert_eq!(
            deliver(libc::SI_TIMER, ticket, 0),
            (1, 3 * HOUR_NS, HOUR_NS)
        );

        threads::watch().end();
        assert_eq!(
            deliver(libc::SI_TIMER, ticket, 0),
            (1, 3 * HOUR_NS, HOUR_NS),
            "a late signal"
        );
    }
}

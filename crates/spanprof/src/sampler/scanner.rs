//! The thread that finds the others, and the bell by which handlers call it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI32};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::sampler::threads;

/// How long a thread may use CPU unwatched. A look costs some 20 µs, and 1 µs per thread.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What handlers ask for within this time is answered together: it bounds how often maps are read.
const COLLECT_FOR: Duration = Duration::from_millis(10);

/// An eventfd. Never closed: a late handler would write to whatever file has its number then.
static BELL: AtomicI32 = AtomicI32::new(-1);

static RUNG: AtomicBool = AtomicBool::new(false);

/// Looks for threads until it is dropped.
#[derive(Debug)]
pub(super) struct Scanner {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scanner {
    pub(super) fn start() -> io::Result<Self> {
        hang_bell()?;
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let thread = thread::Builder::new()
            .name("spanprof".to_owned())
            .spawn(move || run(&end))?;
        Ok(Self {
            ended,
            thread: Some(thread),
        })
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.ended.store(true, Release);
        strike();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Calls the scanner, unless somebody did. Called by the handler, which keeps errno.
pub(super) fn ring() {
    if !RUNG.swap(true, AcqRel) {
        strike();
    }
}

fn strike() {
    let one = 1_u64;
    // SAFETY: writes eight bytes to our own descriptor; write(2) may be called in a handler.
    unsafe {
        libc::write(
            BELL.load(Acquire),
            (&raw const one).cast(),
            size_of::<u64>(),
        )
    };
}

fn hang_bell() -> io::Result<()> {
    if BELL.load(Acquire) < 0 {
        // SAFETY: no pointers.
        let bell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if bell < 0 {
            return Err(io::Error::last_os_error());
        }
        BELL.store(bell, Release);
    }
    Ok(())
}

fn run(ended: &AtomicBool) {
    let mut next_look = Instant::now() + LOOK_EVERY;
    while !ended.load(Acquire) {
        let rung = listen(next_look.saturating_duration_since(Instant::now()));
        if rung && !ended.load(Acquire) {
            thread::sleep(COLLECT_FOR);
            RUNG.store(false, Release);
            threads::find_stacks(false);
        }
        if Instant::now() >= next_look {
            if let Ok(listed) = threads::listed() {
                threads::watch().update(listed, true);
            }
            threads::find_stacks(true);
            next_look = Instant::now() + LOOK_EVERY;
        }
    }
}

/// Returns whether the bell rang within the time.
fn listen(patience: Duration) -> bool {
    let bell = BELL.load(Relaxed);
    let mut bells = libc::pollfd {
        fd: bell,
        events: libc::POLLIN,
        revents: 0,
    };
    let patience_ms = patience.as_micros().div_ceil(1_000) as libc::c_int;
    // SAFETY: one descriptor, valid during the call.
    let answers = unsafe { libc::poll(&raw mut bells, 1, patience_ms) };
    if answers <= 0 {
        return false;
    }
    let mut strikes = 0_u64;
    // SAFETY: reads eight bytes into our own eight.
    unsafe { libc::read(bell, (&raw mut strikes).cast(), size_of::<u64>()) };
    true
}

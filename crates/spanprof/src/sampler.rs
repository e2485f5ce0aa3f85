//! Sampling on Linux: a CPU timer per thread, a handler, a ring, and a thread that finds the others.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};

pub(crate) use threads::label_cell;

use crate::profiler::{Sample, StartError};
use scanner::Scanner;

mod check;
mod registers;
mod ring;
mod scanner;
mod signal;
mod stack;
mod threads;
mod timer;
mod walk;

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Runs until it is stopped.
#[derive(Debug)]
pub(crate) struct Sampler {
    scanner: Option<Scanner>,
    lock: Option<RunLock>,
}

impl Sampler {
    pub(crate) fn start(period_ns: u64) -> Result<Self, StartError> {
        let lock = RunLock::take()?;
        if !check::has_frame_pointers() {
            return Err(StartError::NoFramePointers);
        }
        timer::probe().map_err(|e| StartError::Refused("make a timer", e))?;
        signal::install(period_ns)?;
        let scanner = Scanner::start().map_err(|e| StartError::Refused("start a thread", e))?;
        let present = threads::listed().map_err(|e| StartError::Refused("list threads", e))?;

        threads::watch().begin(period_ns);
        threads::watch().update(present, false);
        Ok(Self {
            scanner: Some(scanner),
            lock: Some(lock),
        })
    }

    pub(crate) fn drain(&self, mut each: impl FnMut(Sample<'_>)) {
        signal::ring().drain(|slot| {
            each(Sample {
                span: slot.span,
                thread: slot.thread,
                nanoseconds: slot.nanoseconds,
                pcs: &slot.pcs[..slot.depth as usize],
            });
        });
    }

    pub(crate) fn stop(&mut self) {
        if let Some(lock) = self.lock.take() {
            self.scanner = None;
            threads::watch().end();
            drop(lock);
        }
    }
}

/// Held by the one sampler of the process.
#[derive(Debug)]
struct RunLock;

impl RunLock {
    fn take() -> Result<Self, StartError> {
        if RUNNING.swap(true, Acquire) {
            Err(StartError::Running)
        } else {
            Ok(Self)
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        RUNNING.store(false, Release);
    }
}

//! What is done to a backend.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::anyhow;
use clap::ValueEnum;
use rustix::process::Signal;
use testbed::{Origin, Running};

use crate::backend::Backend;
use crate::stack::Stack;

/// One that is slow gets a tenth of the time, in pieces that no time-out takes for the end.
const STOPPED: Duration = Duration::from_millis(450);
const GOING: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Fault {
    /// SIGKILL, and started again after a while
    Killed,
    /// SIGSTOP, and SIGCONT after a while
    Hung,
    /// Stopped for nine tenths of the time
    Slow,
    /// No room is left on the disk of its data
    Full,
}

impl Fault {
    pub(crate) const ALL: &[Self] = &[Self::Killed, Self::Hung, Self::Slow, Self::Full];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Hung => "hung",
            Self::Slow => "slow",
            Self::Full => "disk full",
        }
    }
}

/// A fault that lasts until it is ended.
pub(crate) enum Lasting {
    Killed(Origin),
    Hung(Running),
    Slow {
        end: Arc<AtomicBool>,
        thread: JoinHandle<()>,
    },
    Full,
}

impl Lasting {
    pub(crate) fn begin(stack: &mut Stack, backend: Backend, fault: Fault) -> anyhow::Result<Self> {
        let running = stack.native.running(backend.part());
        Ok(match fault {
            Fault::Killed => Self::Killed(stack.native.kill(backend.part())),
            Fault::Hung => {
                running.signal(Signal::STOP);
                Self::Hung(running)
            }
            Fault::Slow => Self::slow(running),
            Fault::Full => {
                stack.disk(backend)?.fill(backend.left_mebibytes())?;
                Self::Full
            }
        })
    }

    fn slow(running: Running) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let ended = end.clone();
        let thread = thread::spawn(move || {
            while !ended.load(Relaxed) {
                running.signal(Signal::STOP);
                thread::sleep(STOPPED);
                running.signal(Signal::CONT);
                thread::sleep(GOING);
            }
        });
        Self::Slow { end, thread }
    }

    /// Makes it well again.
    pub(crate) fn end(self, stack: &mut Stack, backend: Backend) -> anyhow::Result<()> {
        match self {
            Self::Killed(origin) => stack.native.start(backend.part(), &origin),
            Self::Hung(running) => running.signal(Signal::CONT),
            Self::Slow { end, thread } => {
                end.store(true, Relaxed);
                let slowed = thread.join();
                slowed.map_err(|_| anyhow!("who slowed {} down panicked", backend.name()))?;
            }
            Self::Full => stack.disk(backend)?.empty()?,
        }
        Ok(())
    }
}

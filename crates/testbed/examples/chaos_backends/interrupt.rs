use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use signal_hook::consts::{SIGINT, SIGTERM};

const LOOK: Duration = Duration::from_millis(50);

/// Whether somebody wants this to end.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, interrupted.clone())?;
        }
        Ok(Self(interrupted))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(!self.is_set(), "interrupted");
        Ok(())
    }

    /// Lets time pass.
    pub(crate) fn sleep(&self, duration: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.check()?;
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

//! How much memory those hold who must not grow, whatever becomes of the backends.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::anyhow;
use testbed::Running;

use crate::stack::Stack;

const LOOK: Duration = Duration::from_millis(250);

/// How much each of them grew beyond what it held, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Growth {
    /// Of both services, the one that grew most.
    pub(crate) service: u64,
    pub(crate) alloy: u64,
}

/// Looks until it is asked.
pub(crate) struct Watch {
    end: Arc<AtomicBool>,
    thread: JoinHandle<Growth>,
}

impl Watch {
    pub(crate) fn begin(stack: &Stack) -> Self {
        let held = |part| {
            let running = stack.native.running(part);
            (running, running.resident_bytes().unwrap_or(0))
        };
        let [api, fulfilment, alloy] = ["api", "fulfilment", "alloy"].map(held);
        let end = Arc::new(AtomicBool::new(false));
        let ended = end.clone();
        let thread = thread::spawn(move || {
            let mut growth = Growth::default();
            while !ended.load(Relaxed) {
                let of = |(running, before): (Running, u64)| {
                    running.resident_bytes().unwrap_or(0).saturating_sub(before)
                };
                growth.service = growth.service.max(of(api)).max(of(fulfilment));
                growth.alloy = growth.alloy.max(of(alloy));
                thread::sleep(LOOK);
            }
            growth
        });
        Self { end, thread }
    }

    pub(crate) fn end(self) -> anyhow::Result<Growth> {
        self.end.store(true, Relaxed);
        self.thread
            .join()
            .map_err(|_| anyhow!("who watched the memory panicked"))
    }
}

//! Where spans, lines and profiles really go: receivers that count and forget.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

mod http;
mod lines;
mod profiles;
mod spans;

pub(crate) use lines::count as count_lines;

/// The receivers on loopback that last as long as the runner.
pub(crate) struct Sinks {
    pub(crate) collector: SocketAddr,
    pub(crate) profiler: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    spans: AtomicU64,
    profile_bytes: AtomicU64,
}

/// What has come so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) spans: u64,
    pub(crate) profile_bytes: u64,
}

impl Sinks {
    pub(crate) fn start() -> std::io::Result<Self> {
        let counts = Arc::new(Counts::default());
        Ok(Self {
            collector: spans::start(counts.clone())?,
            profiler: profiles::start(counts.clone())?,
            counts,
        })
    }

    pub(crate) fn received(&self) -> Received {
        Received {
            spans: self.counts.spans.load(Ordering::Relaxed),
            profile_bytes: self.counts.profile_bytes.load(Ordering::Relaxed),
        }
    }
}

//! How Quartet is proven: real processes, telemetry sinks and raw clients.
//!
//! For tests only. Calls block, each wait ends, and one that ends in vain panics with what was
//! awaited and what was there instead.
#![expect(
    clippy::unwrap_used,
    reason = "a test bed that cannot do its work must fail the test"
)]

pub mod document;
pub mod http;
pub mod sink;

mod built;
mod console;
mod late;
mod native;
mod port;
mod postgres;
mod process;
mod service;
mod tls;
mod watched;

pub use built::build_programs_of;
pub use console::console;
pub use late::late_cpu_time;
pub use native::{Addresses, Native, Origin, Running};
pub use port::free_port;
pub use postgres::Postgres;
pub use process::{Exit, Process, Program};
pub use service::Service;
pub use sink::{ProfileSink, Sink};
pub use tls::TlsFront;

use std::thread;
use std::time::{Duration, Instant};

/// How long a wait lasts where the test does not say: far above what a slow machine needs.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until something holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never true: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

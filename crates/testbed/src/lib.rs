//! How Quartet is proven: real processes, telemetry sinks and raw clients.
//!
//! For tests only. Calls block, each wait ends, and one that ends in vain panics with what was
//! awaited and what was there instead.
#![expect(
    clippy::unwrap_used,
    reason = "a test bed that cannot do its work must fail the test"
)]

pub mod http;
pub mod sink;

mod port;
mod postgres;
mod process;
mod service;
mod tls;
mod watched;

pub use port::free_port;
pub use postgres::Postgres;
pub use process::{Exit, Process, Program};
pub use service::Service;
pub use sink::{ProfileSink, Sink};
pub use tls::TlsFront;

use std::time::Duration;

/// How long a wait lasts where the test does not say: far above what a slow machine needs.
pub const PATIENCE: Duration = Duration::from_secs(20);

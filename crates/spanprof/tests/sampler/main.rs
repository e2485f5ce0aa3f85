//! What samples say of real threads, held against the CPU time that those threads used.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod attribution;
mod busy;
mod churn;
mod life;
mod planted;
mod recording;

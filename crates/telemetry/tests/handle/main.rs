//! What a handle of its own promises, without a process around it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod client;
mod database;
mod end;
mod messaging;
mod subscriber;

//! What the store promises, on real files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod conservation;
mod idempotency;
mod items;
mod orders;
mod races;
mod start;
mod telemetry;
mod trouble;

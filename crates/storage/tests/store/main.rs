//! What the store promises, on real files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod changes;
mod conservation;
mod events;
mod history;
mod idempotency;
mod items;
mod jobs;
mod leases;
mod leases_races;
mod orders;
mod races;
mod start;
mod telemetry;
mod trouble;

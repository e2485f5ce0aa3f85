//! What the store promises, on real files, and on a real server with `QUARTET_TEST_POSTGRES=1`.

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
mod postgres;
mod races;
mod start;
mod telemetry;
mod trouble;

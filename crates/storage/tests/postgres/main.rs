//! How the store fares on a real server of Postgres that is absent, restarted, full, locked, hanging or replaced.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod encrypted;
mod failover;
mod pool;
mod queue;
mod start;
mod trouble;

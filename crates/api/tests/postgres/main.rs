//! The service on Postgres, and what its clients see when Postgres is in trouble; by `just test-services`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod absent;
mod failover;
mod shop;
mod trouble;
mod well;

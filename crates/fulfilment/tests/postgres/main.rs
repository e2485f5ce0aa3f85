//! The same orders on the same way as on `SQLite`, and a server that dies meanwhile; by `just test-services`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod database;
#[path = "../jobs/dead.rs"]
mod dead;
#[path = "../jobs/history.rs"]
mod history;
#[path = "../jobs/leases.rs"]
mod leases;
#[path = "../jobs/stop.rs"]
mod stop;
#[path = "../jobs/trace.rs"]
mod trace;
mod trouble;
#[path = "../jobs/world.rs"]
mod world;

//! Orders on their way through both real services and the queue between them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod database;
mod dead;
mod history;
mod leases;
mod locked;
mod operators;
mod quotes;
mod stop;
mod trace;
mod world;

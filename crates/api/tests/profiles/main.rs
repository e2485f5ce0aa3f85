//! Each sampled request that burns CPU time has a flame graph of its own, and Pyroscope can hurt nobody.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod backend;
mod pushes;
mod spans;
mod world;

//! No backend of telemetry may hurt the service: not one that is away, refuses, hangs or does not read.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod collector;
mod end;
mod stdout;

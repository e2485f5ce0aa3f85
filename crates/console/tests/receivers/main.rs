//! What comes in over real sockets can be asked for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod grpc;
mod logs;
mod metrics;
mod otlp;
mod profiles;
mod world;

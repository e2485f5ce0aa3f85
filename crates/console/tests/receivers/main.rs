//! What comes in over real sockets can be asked for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod grpc;
mod logs;
mod markup;
mod metrics;
mod otlp;
mod profiles;
#[cfg(feature = "sdks")]
mod sdks;
mod world;

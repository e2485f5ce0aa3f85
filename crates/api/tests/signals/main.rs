//! What one request leaves behind in answer, line, span and metric, and that they agree.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod case;
mod cases;
mod checks;
mod links;
mod spans;
mod world;

//! The real `quartet`, with stand-ins for what it starts.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod embedded;
mod native;
mod place;

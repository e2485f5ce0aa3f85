//! The real `quartet`, with a stand-in for the service beside it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod faults;
mod life;
mod place;
mod real;

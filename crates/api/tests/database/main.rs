//! A database in trouble: who asks is told so at once, who operates is told so once, and all passes by itself.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod full;
mod locked;
mod read_only;
mod shared;

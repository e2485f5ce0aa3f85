//! What crosses a border between Quartet's services, as it is written.
//!
//! A published shape never changes its meaning: fields are only added, and what breaks readers gets a new version.

pub use event::OrderEvent;
pub use job::{Job, JobV1, TraceContext};

mod event;
mod job;

//! What crosses a border between Quartet's services, as it is written.
//!
//! A published shape never changes its meaning: fields are only added, and what breaks readers gets a new version.

pub use event::OrderEvent;
pub use job::{Job, JobV1, TraceContext};
pub use queue::{ORDERS_QUEUE, QUEUE_SYSTEM};
pub use quote::{QuoteAnswer, QuoteAnswerV1, QuoteLine, QuoteRequest, QuoteRequestV1};

mod event;
mod job;
mod queue;
mod quote;

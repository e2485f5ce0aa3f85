//! Spans between the code that ends them and the task that sends them.

use std::collections::VecDeque;

use opentelemetry_sdk::trace::SpanData;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A bounded number of spans, put into batches where they are added, so that a batch is taken without moving its spans.
#[derive(Debug)]
pub(super) struct Waiting {
    state: Mutex<State>,
    // The sender sleeps until there is a first span, and again until a batch is full:
    // waking it for each would cost more than all else that is done for a span.
    work: Notify,
    capacity: usize,
    batch_size: usize,
}

#[derive(Debug, Default)]
struct State {
    full: VecDeque<Vec<SpanData>>,
    filling: Vec<SpanData>,
    closed: bool,
}

/// Why a span was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

impl Waiting {
    pub(super) fn new(capacity: usize, batch_size: usize) -> Self {
        Self {
            state: Mutex::default(),
            work: Notify::new(),
            capacity,
            batch_size,
        }
    }

    pub(super) fn add(&self, span: SpanData) -> Result<(), Refused> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let waiting = state.full.len() * self.batch_size + state.filling.len();
        if self.capacity <= waiting {
            return Err(Refused::Full);
        }
        state.filling.push(span);
        let is_full = state.filling.len() == self.batch_size;
        if is_full {
            let next = Vec::with_capacity(self.batch_size);
            let full = std::mem::replace(&mut state.filling, next);
            state.full.push_back(full);
        }
        drop(state);
        if is_full || waiting == 0 {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Returns when there may be a first span, or a full batch.
    pub(super) async fn work(&self) {
        self.work.notified().await;
    }

    /// A full batch if there is one.
    pub(super) fn take_full(&self) -> Option<Vec<SpanData>> {
        self.state.lock().full.pop_front()
    }

    /// The next batch, full or not; empty if no span waits.
    pub(super) fn take(&self) -> Vec<SpanData> {
        let mut state = self.state.lock();
        let full = state.full.pop_front();
        full.unwrap_or_else(|| std::mem::take(&mut state.filling))
    }

    pub(super) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.full.is_empty() && state.filling.is_empty()
    }

    /// Refuses what comes from here on; what is there can still be taken.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{
        SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
    };
    use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

    use super::{Refused, Waiting};

    fn span(id: u64) -> SpanData {
        let (trace, flags) = (TraceId::from(1), TraceFlags::SAMPLED);
        SpanData {
            span_context: SpanContext::new(trace, id.into(), flags, false, TraceState::NONE),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "work".into(),
            start_time: std::time::UNIX_EPOCH,
            end_time: std::time::UNIX_EPOCH,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: opentelemetry::InstrumentationScope::default(),
        }
    }

    fn ids(batch: &[SpanData]) -> Vec<SpanId> {
        batch
            .iter()
            .map(|span| span.span_context.span_id())
            .collect()
    }

    #[test]
    fn batches_come_in_order_and_the_last_one_may_be_short() {
        let waiting = Waiting::new(10, 2);
        for id in 1..=5 {
            waiting.add(span(id)).unwrap();
        }

        assert_eq!(ids(&waiting.take_full().unwrap()), [1.into(), 2.into()]);
        assert_eq!(ids(&waiting.take()), [3.into(), 4.into()]);
        assert_eq!(waiting.take_full(), None);
        assert_eq!(ids(&waiting.take()), [5.into()]);
        assert!(waiting.is_empty() && waiting.take().is_empty());
    }

    #[test]
    fn what_is_beyond_the_capacity_or_comes_after_the_end_is_refused() {
        let waiting = Waiting::new(3, 2);
        for id in 1..=3 {
            waiting.add(span(id)).unwrap();
        }

        assert_eq!(waiting.add(span(4)), Err(Refused::Full));
        waiting.take();
        assert_eq!(waiting.add(span(5)), Ok(()));
        waiting.close();
        assert_eq!(waiting.add(span(6)), Err(Refused::Closed));
        assert!(waiting.is_closed() && !waiting.is_empty());
    }
}

//! Where the bars of a trace lie: when each span ran, and when none of its children did.

use std::collections::HashMap;

use crate::pages::chart::Percent;
use crate::store::{Span, TraceSpan};

/// From when to when, as shares of the whole trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its beginning.
    pub x: Percent,
    /// Its length.
    pub width: Percent,
}

/// The time of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    start: u64,
    length: u64,
}

impl Timeline {
    /// Of a trace that starts at `start` and lasts for `length` nanoseconds.
    pub fn new(start: u64, length: u64) -> Self {
        Self {
            start,
            length: length.max(1),
        }
    }

    /// Where a moment lies.
    pub fn place(&self, unix_nanos: u64) -> Percent {
        Percent::of(unix_nanos.saturating_sub(self.start) as f64 / self.length as f64)
    }

    /// Where something from one moment to another lies.
    pub fn piece(&self, from: u64, to: u64) -> Piece {
        let nanos = to.saturating_sub(from);
        Piece {
            x: self.place(from),
            width: Percent::of(nanos as f64 / self.length as f64),
        }
    }

    /// Quarters of the trace: where, and after how many nanoseconds.
    pub fn quarters(&self) -> Vec<(Percent, u64)> {
        (0..=4)
            .map(|n| (Percent::of(n as f64 / 4.0), self.length / 4 * n))
            .collect()
    }
}

/// For each span, in their order, the times during which none of its children ran.
pub fn own_times(spans: &[TraceSpan]) -> Vec<Vec<(u64, u64)>> {
    let mut children: HashMap<&str, Vec<&Span>> = HashMap::new();
    for TraceSpan { span, .. } in spans {
        if let Some(parent) = &span.parent_span_id {
            children.entry(parent).or_default().push(span);
        }
    }
    spans
        .iter()
        .map(|TraceSpan { span, .. }| {
            let below = children.get(span.span_id.as_str());
            own_time(span, below.map_or(&[], Vec::as_slice))
        })
        .collect()
}

fn own_time(span: &Span, children: &[&Span]) -> Vec<(u64, u64)> {
    let mut busy: Vec<(u64, u64)> = children
        .iter()
        .map(|child| (child.start_unix_nanos, child.end_unix_nanos()))
        .collect();
    busy.sort_unstable();
    let (mut free_from, end) = (span.start_unix_nanos, span.end_unix_nanos());
    let mut own = Vec::new();
    for (from, to) in busy {
        if from > free_from {
            own.push((free_from, from.min(end)));
        }
        free_from = free_from.max(to);
        if free_from >= end {
            return own;
        }
    }
    own.push((free_from, end));
    own
}

#[cfg(test)]
mod tests {
    use super::{Timeline, own_time};
    use crate::pages::traces::one::tests::span;

    #[test]
    fn own_time_is_what_children_leave() {
        let parent = span("a", None, 100, 100);
        let early = span("b", Some("a"), 90, 20);
        let inside = span("c", Some("a"), 130, 20);
        let overlapping = span("d", Some("a"), 140, 30);
        let late = span("e", Some("a"), 195, 50);

        let own = own_time(&parent, &[&late, &inside, &overlapping, &early]);

        assert_eq!(own, [(110, 130), (170, 195)]);
    }

    #[test]
    fn a_span_without_children_is_all_its_own() {
        assert_eq!(own_time(&span("a", None, 5, 7), &[]), [(5, 12)]);
    }

    #[test]
    fn a_child_that_outlives_its_parent_takes_no_time_of_others() {
        let parent = span("a", None, 100, 10);
        let child = span("b", Some("a"), 100, 500);
        assert_eq!(own_time(&parent, &[&child]), []);
        let after = span("c", Some("a"), 200, 5);
        assert_eq!(own_time(&parent, &[&after]), [(100, 110)]);
    }

    #[test]
    fn a_trace_of_no_length_can_be_drawn() {
        let timeline = Timeline::new(10, 0);
        assert_eq!(timeline.piece(10, 10).width.to_string(), "0.000%");
    }
}

//! One trace, put together from whatever came of it.

use hashbrown::HashMap;

use super::params::is_error;
use crate::store::spans::{SpanHead, SpanSegment};
use crate::store::{Span, Store, Trace, TraceSpan, TraceSummary, id};

/// A span in the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) segment: &'a SpanSegment,
    pub(super) row: usize,
}

impl<'a> Part<'a> {
    pub(super) fn head(self) -> &'a SpanHead {
        &self.segment.heads[self.row]
    }

    pub(super) fn trace(self) -> u128 {
        self.segment.traces[self.row]
    }

    pub(super) fn service(self) -> &'a str {
        self.segment.strings.get(self.head().service)
    }

    /// The text of an attribute.
    pub(super) fn attribute(self, key: &str) -> Option<&'a str> {
        self.segment.attribute(self.row, key)
    }

    fn text(self, symbol: crate::store::Symbol) -> String {
        self.segment.strings.get(symbol).to_owned()
    }
}

/// All that is here of a trace; none if nothing is.
pub fn trace(store: &Store, trace_id: &str) -> Option<Trace> {
    let wanted = id::trace(trace_id)?;
    let segments = store.spans.lock().ring.segments();
    let mut parts = Vec::new();
    for segment in &segments {
        for (row, id) in segment.traces.iter().enumerate() {
            if *id == wanted {
                parts.push(Part { segment, row });
            }
        }
    }
    Some(Trace {
        summary: summary(&parts)?,
        spans: waterfall(&parts),
    })
}

/// The newest span of an id, as a profile knows it without its trace; none if it is not here.
pub fn span(store: &Store, span_id: &str) -> Option<Span> {
    let wanted = id::span(span_id)?;
    let segments = store.spans.lock().ring.segments();
    segments.iter().rev().find_map(|segment| {
        let row = segment.heads.iter().rposition(|head| head.span == wanted)?;
        Some(segment.span(row))
    })
}

/// What a trace looks like in a list; none of no spans.
pub(super) fn summary(parts: &[Part<'_>]) -> Option<TraceSummary> {
    let here: HashMap<u64, ()> = parts.iter().map(|part| (part.head().span, ())).collect();
    let is_orphan = |part: &Part<'_>| {
        let parent = part.head().parent;
        parent != 0 && !here.contains_key(&parent)
    };
    let roots = parts.iter().filter(|part| part.head().parent == 0);
    let first = roots.clone().min_by_key(|part| part.head().start);
    let shown = first.or_else(|| parts.iter().min_by_key(|part| part.head().start))?;
    let start = parts.iter().map(|part| part.head().start).min()?;
    let end = parts.iter().map(|part| part.head().end()).max()?;
    let head = shown.head();
    let mut services: HashMap<&str, usize> = HashMap::new();
    for part in parts {
        let service = part.segment.strings.get(part.head().service);
        *services.entry(service).or_default() += 1;
    }
    let mut services: Vec<(usize, &str)> = services.into_iter().map(|(s, n)| (n, s)).collect();
    services.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    Some(TraceSummary {
        trace_id: id::trace_text(shown.segment.traces[shown.row]),
        name: shown.text(head.name),
        service: shown.text(head.service),
        route: Some(shown.text(head.route)).filter(|route| !route.is_empty()),
        http_status: (head.http_status != 0).then_some(i64::from(head.http_status)),
        start_unix_nanos: start,
        duration_nanos: end - start,
        spans: parts.len(),
        errors: parts
            .iter()
            .filter(|part| is_error(part.head().status, part.head().http_status))
            .count(),
        services: services
            .into_iter()
            .map(|(_, name)| name.to_owned())
            .collect(),
        is_whole: roots.count() == 1 && !parts.iter().any(is_orphan),
    })
}

/// Each parent before its children, children by start. Spans that are each other's parents, which only a
/// mistaken sender makes, come last and as roots.
fn waterfall(parts: &[Part<'_>]) -> Vec<TraceSpan> {
    let here: HashMap<u64, usize> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| (part.head().span, at))
        .collect();
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    let mut by_start: Vec<usize> = (0..parts.len()).collect();
    by_start.sort_by_key(|at| (parts[*at].head().start, parts[*at].head().span));
    for at in by_start.iter().copied() {
        match here.get(&parts[at].head().parent) {
            Some(parent) if *parent != at => below.entry(*parent).or_default().push(at),
            _ => roots.push(at),
        }
    }
    let mut placed = vec![false; parts.len()];
    let mut spans = Vec::with_capacity(parts.len());
    let rest = by_start.into_iter();
    for root in roots.into_iter().chain(rest) {
        let mut stack = vec![(root, 0)];
        while let Some((at, depth)) = stack.pop() {
            if std::mem::replace(&mut placed[at], true) {
                continue;
            }
            let children = below.get(&at).map_or(&[][..], Vec::as_slice);
            stack.extend(children.iter().rev().map(|child| (*child, depth + 1)));
            let head = parts[at].head();
            spans.push(TraceSpan {
                span: parts[at].segment.span(parts[at].row),
                depth,
                children: children.len(),
                self_nanos: own_time(head, children.iter().map(|child| parts[*child].head())),
                is_orphan: head.parent != 0 && !here.contains_key(&head.parent),
            });
        }
    }
    spans
}

/// The part of a span's time during which none of its children ran; they come by start.
fn own_time<'a>(head: &SpanHead, children: impl Iterator<Item = &'a SpanHead>) -> u64 {
    let mut covered = 0;
    let mut until = head.start;
    for child in children {
        let start = child.start.max(until);
        let end = child.end().min(head.end());
        covered += end.saturating_sub(start);
        until = until.max(end);
    }
    head.duration - covered.min(head.duration)
}

//! What a row of the waterfall shows of one span, and where it leads.

use crate::pages::address::Address;
use crate::pages::chart::{Hue, Percent};
use crate::pages::frame::{Frame, at};
use crate::pages::links;
use crate::pages::range::Range;
use crate::pages::traces::waterfall::{Piece, Timeline};
use crate::pages::units::{At, Took};
use crate::store::{Attributes, Kind, Span, Status, TraceSpan};

/// How deep rows are indented; below that they stay where they are.
const DEEPEST: usize = 12;

/// One row.
#[derive(Debug)]
pub struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) hue: Hue,
    pub(super) depth: usize,
    pub(super) took: Took,
    pub(super) bar: Piece,
    pub(super) own: Vec<Piece>,
    pub(super) events: Vec<(Percent, String)>,
    pub(super) end: Percent,
    pub(super) failed: bool,
    pub(super) is_orphan: bool,
    pub(super) has_profile: bool,
    pub(super) link: Address,
    pub(super) open: Option<Box<Open>>,
}

/// All that is known of the span whose row is open.
#[derive(Debug)]
pub struct Open {
    pub(super) span: Span,
    pub(super) at: At,
    pub(super) after: Took,
    pub(super) own: Took,
    pub(super) events: Vec<(Took, String, Attributes)>,
    pub(super) links: Vec<(Address, String, Attributes)>,
    pub(super) logs: Address,
    pub(super) profile: Option<Address>,
    pub(super) metric: Option<Address>,
    pub(super) alike: Address,
    pub(super) closed: Address,
}

impl Row {
    pub(super) fn new(
        frame: &Frame,
        timeline: Timeline,
        start: u64,
        placed: &TraceSpan,
        own: &[(u64, u64)],
        is_open: bool,
    ) -> Self {
        let span = &placed.span;
        let (from, to) = (span.start_unix_nanos, span.end_unix_nanos());
        Self {
            id: span.span_id.clone(),
            name: span.name.clone(),
            service: span.service.clone(),
            hue: frame.hues.hue(&span.service),
            depth: placed.depth.min(DEEPEST),
            took: Took::nanos(span.duration_nanos),
            bar: timeline.piece(from, to),
            own: own
                .iter()
                .map(|(from, to)| timeline.piece(*from, *to))
                .collect(),
            events: span
                .events
                .iter()
                .map(|event| (timeline.place(event.unix_nanos), event.name.clone()))
                .collect(),
            end: timeline.place(to),
            failed: span.status == Status::Error,
            is_orphan: placed.is_orphan,
            has_profile: span.profile_id().is_some(),
            link: links::span(&span.trace_id, Some(&span.span_id)),
            open: is_open.then(|| Box::new(Open::new(frame, start, placed))),
        }
    }
}

impl Open {
    fn new(frame: &Frame, start: u64, placed: &TraceSpan) -> Self {
        let span = placed.span.clone();
        let after = |unix_nanos: u64| Took::nanos(unix_nanos.saturating_sub(start));
        let around = around(&span);
        let route = span.text("http.route").unwrap_or_default().to_owned();
        let method = span.text("http.request.method").unwrap_or_default();
        Self {
            at: at(span.start_unix_nanos),
            after: after(span.start_unix_nanos),
            own: Took::nanos(placed.self_nanos),
            events: span
                .events
                .iter()
                .map(|event| {
                    let when = after(event.unix_nanos);
                    (when, event.name.clone(), event.attributes.clone())
                })
                .collect(),
            links: span
                .links
                .iter()
                .map(|link| {
                    let address = links::span(&link.trace_id, Some(&link.span_id));
                    (address, link.trace_id.clone(), link.attributes.clone())
                })
                .collect(),
            logs: around.fixed_in(links::logs_of_span(&span.trace_id, &span.span_id)),
            profile: span.profile_id().map(|id| {
                around.fixed_in(links::profile_of_span(&span.service, &span.trace_id, id))
            }),
            metric: (span.kind == Kind::Server && !route.is_empty())
                .then(|| links::metric_of_route(&span.service, method, &route))
                .map(|address| around.fixed_in(address)),
            alike: frame.timed(if route.is_empty() {
                Address::new("/traces")
                    .with("service", &span.service)
                    .with("name", &span.name)
            } else {
                links::traces(&span.service, &route)
            }),
            closed: links::trace(&span.trace_id),
            span,
        }
    }

    pub(super) fn status(&self) -> &'static str {
        match self.span.status {
            Status::Unset => "not stated",
            Status::Ok => "ok",
            Status::Error => "error",
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        kind(self.span.kind)
    }
}

/// Some minutes around a span: its lines may be late, and a chart needs a surrounding.
pub(super) fn around(span: &Span) -> Range {
    const MARGIN: u64 = 5 * 60 * 1_000_000_000;
    Range {
        from: at(span.start_unix_nanos.saturating_sub(MARGIN)).0,
        to: at(span.end_unix_nanos().saturating_add(MARGIN)).0,
        last: None,
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unspecified => "",
        Kind::Internal => "internal",
        Kind::Server => "server",
        Kind::Client => "client",
        Kind::Producer => "producer",
        Kind::Consumer => "consumer",
    }
}

//! One trace: its waterfall, and where its time went.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;

use crate::pages::address::Address;
use crate::pages::answer::{self, Failure};
use crate::pages::ask::Ask;
use crate::pages::chart::{Hue, Percent};
use crate::pages::filters;
use crate::pages::frame::{Frame, Section, at};
use crate::pages::links;
use crate::pages::traces::marks::{Row, around};
use crate::pages::traces::waterfall::{Timeline, own_times};
use crate::pages::units::{At, Took};
use crate::questions;
use crate::store::{Trace, TraceSpan, TraceSummary};

/// Rows of one page; what a trace has more is counted.
const ROWS: usize = 1_000;

/// A trace.
#[derive(Debug, Template)]
#[template(path = "trace.html")]
pub struct Page {
    frame: Frame,
    trace: TraceSummary,
    at: At,
    took: Took,
    ticks: Vec<(Percent, Took)>,
    rows: Vec<Row>,
    left_out: usize,
    shares: Vec<Share>,
    logs: Address,
    profiled: Option<Address>,
}

/// What a service did itself.
#[derive(Debug)]
struct Share {
    service: String,
    hue: Hue,
    own: Took,
    x: Percent,
    width: Percent,
    spans: usize,
}

impl Page {
    /// With the row of span `open` opened, if there is one.
    pub fn new(frame: Frame, trace: &Trace, open: Option<&str>) -> Self {
        let summary = trace.summary.clone();
        let start = summary.start_unix_nanos;
        let timeline = Timeline::new(start, summary.duration_nanos);
        let own = own_times(&trace.spans);
        let rows = trace
            .spans
            .iter()
            .zip(&own)
            .enumerate()
            .filter(|(i, (placed, _))| *i < ROWS || Some(placed.span.span_id.as_str()) == open)
            .map(|(_, (placed, own))| {
                let is_open = Some(placed.span.span_id.as_str()) == open;
                Row::new(&frame, timeline, start, placed, own, is_open)
            })
            .collect();
        let first = trace.spans.first().map(|placed| &placed.span);
        let logs = links::logs_of_trace(&summary.trace_id);
        Self {
            at: at(start),
            took: Took::nanos(summary.duration_nanos),
            ticks: timeline
                .quarters()
                .into_iter()
                .map(|(place, nanos)| (place, Took::nanos(nanos)))
                .collect(),
            rows,
            left_out: trace.spans.len().saturating_sub(ROWS),
            shares: shares(&frame, &trace.spans),
            logs: match first {
                Some(span) => around(span).fixed_in(logs),
                None => logs,
            },
            profiled: trace.spans.iter().find_map(|placed| {
                let span = &placed.span;
                let id = span.profile_id()?;
                let address = links::profile_of_span(&span.service, &span.trace_id, id);
                Some(around(span).fixed_in(address))
            }),
            trace: summary,
            frame,
        }
    }
}

fn shares(frame: &Frame, spans: &[TraceSpan]) -> Vec<Share> {
    let mut found: Vec<(String, u64, usize)> = Vec::new();
    for TraceSpan {
        span, self_nanos, ..
    } in spans
    {
        match found
            .iter_mut()
            .find(|(service, ..)| *service == span.service)
        {
            Some((_, own, spans)) => {
                *own += self_nanos;
                *spans += 1;
            }
            None => found.push((span.service.clone(), *self_nanos, 1)),
        }
    }
    let all: u64 = found.iter().map(|(_, own, _)| own).sum();
    let share = |own: u64| own as f64 / all.max(1) as f64;
    let mut before = 0;
    found
        .into_iter()
        .map(|(service, own, spans)| {
            let x = Percent::of(share(before));
            before += own;
            Share {
                hue: frame.hues.hue(&service),
                own: Took::nanos(own),
                x,
                width: Percent::of(share(own)),
                spans,
                service,
            }
        })
        .collect()
}

/// `GET /traces/{trace_id}`
pub(crate) async fn show(id: Path<String>, ask: Ask) -> HttpResponse {
    let mut frame = ask.frame(Section::Traces, "Trace");
    let Some(trace) = questions::trace(&ask.store, &id) else {
        let why = "No span of this trace is here: it was not sampled, has not been sent yet, or is \
                   already out of memory.";
        return Failure::not_found(frame, why);
    };
    frame.title = format!("{} {}", trace.summary.service, trace.summary.name);
    // A trace has a time of its own.
    frame.range = None;
    answer::page(&Page::new(frame, &trace, ask.params.first("span")))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::store::{Kind, Span, Status};

    pub(in crate::pages::traces) fn span(
        id: &str,
        parent: Option<&str>,
        start: u64,
        duration: u64,
    ) -> Span {
        Span {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            span_id: id.to_owned(),
            parent_span_id: parent.map(str::to_owned),
            service: "api".to_owned(),
            name: "work".to_owned(),
            kind: Kind::Internal,
            start_unix_nanos: start,
            duration_nanos: duration,
            status: Status::Unset,
            status_message: String::new(),
            attributes: Default::default(),
            events: Vec::new(),
            links: Vec::new(),
            resource: Default::default(),
            scope: String::new(),
            dropped: 0,
        }
    }
}

//! Every link between signals, each followed from a request of our own to where it leads.

pub(super) mod alerts;
mod console;
mod logs;
mod map;
mod metrics;
mod names;
mod profiles;
mod traces;

use std::thread;
use std::time::{Duration, Instant};

use wire::otlp::{Kind, Span};

use super::place::{Place, Viewed};
use super::requests::{Requests, Sent};
use super::row::Row;
use crate::stores::traces as asked;

/// What a link is called, since when it could hold, and how it is followed.
pub(super) struct Link<'a> {
    name: &'static str,
    since: Instant,
    look: Box<dyn Fn() -> Result<String, String> + Send + Sync + 'a>,
}

/// Links one of whose ends does not exist yet.
pub(super) const NOT_HERE: &[(&str, &str)] = &[
    ("alert → runbook", "there are no runbooks yet"),
    ("service map: api → Redis", "there is no Redis yet"),
    ("audit row ↔ trace, log", "there is no audit log yet"),
];

/// A row for each link. All are followed at once: how long each took is told from the request on.
pub(super) fn all(place: &Place, requests: &Requests, patience: Duration) -> Vec<Row> {
    let mut links = Vec::new();
    links.extend(logs::links(place, requests));
    links.extend(traces::links(place, requests));
    links.extend(profiles::links(place, requests));
    links.extend(metrics::links(place, requests));
    links.extend(alerts::links(place, requests));
    links.extend(map::links(place, requests));
    followed(&links, NOT_HERE, patience)
}

/// The same rows where the console is all there is.
pub(super) fn all_viewed(viewed: &Viewed, requests: &Requests, patience: Duration) -> Vec<Row> {
    let not_here = [console::NOT_HERE, NOT_HERE].concat();
    followed(&console::links(viewed, requests), &not_here, patience)
}

fn followed(
    links: &[Link<'_>],
    not_here: &[(&'static str, &'static str)],
    patience: Duration,
) -> Vec<Row> {
    let mut rows: Vec<Row> = thread::scope(|scope| {
        let threads: Vec<_> = links
            .iter()
            .map(|link| scope.spawn(|| Row::of(link.name, link.since, patience, &*link.look)))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    let not_here = not_here.iter();
    rows.extend(not_here.map(|(name, reason)| Row::not_here(name, reason)));
    rows
}

impl<'a> Link<'a> {
    fn new(
        name: &'static str,
        sent: &Sent,
        look: impl Fn() -> Result<String, String> + Send + Sync + 'a,
    ) -> Self {
        Self {
            name,
            since: sent.answered,
            look: Box::new(look),
        }
    }
}

/// The spans of a request's trace.
fn spans(place: &Place, sent: &Sent) -> Result<Vec<Span>, String> {
    let spans = asked::spans(&place.stores.traces, &sent.trace_id).map_err(text)?;
    match spans.is_empty() {
        true => Err(format!("Tempo has no trace {}", sent.trace_id)),
        false => Ok(spans),
    }
}

/// The span of the request itself.
fn server_span(place: &Place, sent: &Sent) -> Result<Span, String> {
    let spans = spans(place, sent)?;
    let found = spans.into_iter().find(|span| span.span_id == sent.span_id);
    found.ok_or_else(|| format!("trace {} lacks span {}", sent.trace_id, sent.span_id))
}

/// The span of that kind in another service.
fn span_of(spans: &[Span], service: &str, kind: Kind) -> Result<Span, String> {
    let mut spans = spans.iter();
    let found = spans.find(|span| span.service() == Some(service) && span.kind == kind);
    found
        .cloned()
        .ok_or_else(|| format!("the trace has no {kind:?} span of {service}"))
}

fn text(error: impl std::error::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::NOT_HERE;

    #[test]
    fn only_these_links_are_not_followed() {
        let names: Vec<_> = NOT_HERE.iter().map(|(name, _)| *name).collect();

        assert_eq!(
            names,
            [
                "alert → runbook",
                "service map: api → Redis",
                "audit row ↔ trace, log"
            ]
        );
    }
}

//! Spans, lines, searches and flame graphs: the same of both.

use std::collections::{BTreeMap, BTreeSet};

use super::recording::{API, Recording};
use super::{Both, lately};
use crate::stores::flames::{self, Flames};
use crate::stores::keeper::{CPU, Keeper};
use crate::stores::{lines, traces};
use wire::otlp::{Kind, Span, Status};

/// What a span is, as far as both keep it.
type Seen = (
    Option<String>,
    String,
    Kind,
    u64,
    u64,
    bool,
    BTreeMap<String, String>,
);

pub(super) fn spans_and_lines(both: &Both, recording: &Recording) {
    for (trace, span) in &recording.requests {
        let spans = both.same(&format!("spans of {trace}"), |keeper| spans(keeper, trace));
        assert!(spans.contains_key(span), "{trace} lacks {span}");
        let lines = both.same(&format!("lines of {trace}"), |keeper| {
            messages(keeper, trace)
        });
        assert!(lines.iter().all(|message| !message.is_empty()), "{lines:?}");
    }
    // The order went through both.
    let (order, _) = recording.requests.last().unwrap();
    let spans = both.same("spans of the order", |keeper| spans(keeper, order));
    for kind in [Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer] {
        assert!(
            spans.values().any(|span| span.2 == kind),
            "{kind:?}: {spans:#?}"
        );
    }
}

fn spans(keeper: &Keeper, trace: &str) -> BTreeMap<String, Seen> {
    let spans = keeper.spans(trace).unwrap();
    spans
        .into_iter()
        .map(|span| (span.span_id.clone(), seen(span)))
        .collect()
}

fn seen(span: Span) -> Seen {
    let attributes = span.attributes.iter();
    // Alloy writes the older name too, because Tempo's service graph knows no other.
    let attributes = attributes.filter(|(name, _)| name.as_str() != "db.system");
    let attributes = attributes.map(|(name, value)| (name.clone(), format!("{value:?}")));
    (
        span.parent_span_id
            .filter(|id| id.bytes().any(|digit| digit != b'0')),
        span.name,
        span.kind,
        span.start_unix_nanos,
        span.end_unix_nanos,
        matches!(span.status, Status::Error(_)),
        attributes.collect(),
    )
}

/// What the lines of a trace say, in the order of the alphabet.
fn messages(keeper: &Keeper, trace: &str) -> Vec<String> {
    let mut messages: Vec<_> = match keeper {
        Keeper::Backends(stores) => {
            let query = format!("{{service_name=\"{API}\"}} |= \"{trace}\"");
            let found = lines::matching(&stores.lines, &query, lately()).unwrap();
            found
                .iter()
                .map(|line| {
                    let fields = wire::logfmt::parse(&line.text).unwrap();
                    fields.get("msg").unwrap().to_owned()
                })
                .collect()
        }
        Keeper::Console(console) => {
            let conditions = [("service", API), ("trace", trace)];
            let found = console.lines(&conditions, lately()).unwrap();
            found.into_iter().map(|line| line.message).collect()
        }
    };
    messages.sort_unstable();
    messages
}

/// Traces of a route, as the links from metrics search for them.
pub(super) fn searches(both: &Both, recording: &Recording) {
    let burnt: BTreeSet<String> = recording.requests[..2]
        .iter()
        .map(|(trace, _)| trace.clone())
        .collect();
    let found = both.same("traces of a route", |keeper| search(keeper, "/api/cpu"));
    assert_eq!(found, burnt);
}

fn search(keeper: &Keeper, route: &str) -> BTreeSet<String> {
    match keeper {
        Keeper::Backends(stores) => {
            let query =
                format!("{{ resource.service.name = \"{API}\" && span.http.route = \"{route}\" }}");
            let found = traces::search(&stores.traces, &query, lately()).unwrap();
            found.into_iter().map(|trace| trace.trace_id).collect()
        }
        Keeper::Console(console) => {
            let conditions = [("service", API), ("route", route)];
            let found = console.search(&conditions, lately()).unwrap();
            found.into_iter().collect()
        }
    }
}

/// Of the service, and of one request; in both, each function has the same share.
pub(super) fn flame_graphs(both: &Both, recording: &Recording) {
    for span in [None, Some(recording.requests[0].1.as_str())] {
        let what = format!("flame graph of {}", span.unwrap_or("the service"));
        let (total, functions) = both.same(&what, |keeper| {
            let flames = flames(keeper, span);
            (flames.total, flames.functions)
        });
        let burnt: i64 = functions
            .iter()
            .filter(|(name, _)| name.contains("api::demo::burn"))
            .map(|(_, value)| value)
            .sum();
        assert!(total / 4 < burnt, "{burnt} of {total}: {functions:#?}");
    }
}

fn flames(keeper: &Keeper, span: Option<&str>) -> Flames {
    match (keeper, span) {
        (Keeper::Backends(stores), Some(span)) => {
            let labels = format!("{{service_name=\"{API}\"}}");
            flames::of_span(&stores.flames, CPU, &labels, span, lately()).unwrap()
        }
        (Keeper::Console(console), Some(_)) => console.flames(API, span, lately()).unwrap(),
        (keeper, None) => keeper.flames(API, lately()).unwrap(),
    }
}

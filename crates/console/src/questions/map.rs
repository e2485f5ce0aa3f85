//! Who calls whom, from the spans of a window.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Window;
use super::params::is_error;
use super::trace::Part;
use crate::store::{Kind, MapEdge, MapNode, MapNodeKind, ServiceMap, Store, id};

/// The newest spans that a map is drawn of.
const MOST_SPANS: usize = 200_000;

/// The map of a window.
pub fn service_map(store: &Store, window: Window) -> ServiceMap {
    let segments = store.spans.lock().ring.segments();
    let rows = segments.iter().rev().flat_map(|segment| {
        let rows = (0..segment.heads.len()).rev();
        rows.map(move |row| Part { segment, row })
    });
    let parts: Vec<Part<'_>> = rows
        .filter(|part| window.has(part.head().start))
        .take(MOST_SPANS)
        .collect();
    let callers: HashMap<(u128, u64), usize> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| ((part.trace(), part.head().span), at))
        .collect();
    let mut calls = Calls::default();
    let mut answered = vec![false; parts.len()];
    for part in &parts {
        if !matches!(part.head().kind, Kind::Server | Kind::Consumer) {
            continue;
        }
        calls.kinds.insert(part.service(), MapNodeKind::Service);
        let caller = callers.get(&(part.trace(), part.head().parent)).copied();
        match caller {
            Some(caller) => {
                answered[caller] = true;
                calls.add(parts[caller].service(), part.service(), part);
            }
            None if part.head().parent == 0 && part.head().kind == Kind::Server => {
                calls.kinds.insert("user", MapNodeKind::User);
                calls.add("user", part.service(), part);
            }
            None => {}
        }
    }
    for (at, part) in parts.iter().enumerate() {
        if answered[at] || part.head().kind != Kind::Client {
            continue;
        }
        let database = part
            .attribute("db.system.name")
            .or_else(|| part.attribute("db.system"));
        let peer = part.attribute("peer.service");
        let to = peer
            .or(database)
            .or_else(|| part.attribute("server.address"));
        let Some(to) = to else {
            continue;
        };
        let kind = match database {
            Some(_) => MapNodeKind::Database,
            None => MapNodeKind::Remote,
        };
        calls
            .kinds
            .entry(part.service())
            .or_insert(MapNodeKind::Service);
        calls.kinds.entry(to).or_insert(kind);
        calls.add(part.service(), to, part);
    }
    calls.map(window)
}

#[derive(Default)]
struct Calls<'a> {
    kinds: BTreeMap<&'a str, MapNodeKind>,
    edges: BTreeMap<(&'a str, &'a str), Edge>,
}

#[derive(Default)]
struct Edge {
    durations: Vec<u64>,
    errors: usize,
    example: Option<u128>,
}

impl<'a> Calls<'a> {
    fn add(&mut self, from: &'a str, to: &'a str, part: &Part<'a>) {
        let head = part.head();
        let edge = self.edges.entry((from, to)).or_default();
        edge.durations.push(head.duration);
        let failed = is_error(head.status, head.http_status);
        edge.errors += usize::from(failed);
        // The newest comes first, and one that failed tells more.
        if edge.example.is_none() || (failed && edge.errors == 1) {
            edge.example = Some(part.trace());
        }
    }

    fn map(mut self, window: Window) -> ServiceMap {
        let seconds = window.seconds().max(1e-9);
        let nodes = self.kinds.iter().map(|(name, kind)| {
            let reaching = self.edges.iter().filter(|((_, to), _)| to == name);
            let (calls, errors) = reaching.fold((0, 0), |(calls, errors), (_, edge)| {
                (calls + edge.durations.len(), errors + edge.errors)
            });
            MapNode {
                name: (*name).to_owned(),
                kind: *kind,
                rate: calls as f64 / seconds,
                error_share: errors as f64 / calls.max(1) as f64,
            }
        });
        let nodes = nodes.collect();
        let edges = self.edges.iter_mut().map(|((from, to), edge)| {
            edge.durations.sort_unstable();
            MapEdge {
                from: (*from).to_owned(),
                to: (*to).to_owned(),
                rate: edge.durations.len() as f64 / seconds,
                error_share: edge.errors as f64 / edge.durations.len() as f64,
                p50: at_share(&edge.durations, 0.5).unwrap_or(0.0),
                p95: at_share(&edge.durations, 0.95).unwrap_or(0.0),
                example_trace_id: edge.example.map(id::trace_text),
            }
        });
        ServiceMap {
            edges: edges.collect(),
            nodes,
        }
    }
}

/// The smallest of sorted nanoseconds that this share does not exceed, in seconds.
pub(super) fn at_share(sorted: &[u64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let nanos = sorted.get(rank.saturating_sub(1))?;
    Some(*nanos as f64 / 1e9)
}

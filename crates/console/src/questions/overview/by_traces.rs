//! Requests as spans tell of them: only those that were sampled.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::super::Window;
use super::super::map::at_share;
use super::super::params::is_error;
use super::POINTS;
use super::routes::{Counted, Routes, SHARES};
use crate::store::{Kind, Store, Symbol};

/// Requests of one route of one service.
struct Group {
    service: String,
    method: String,
    route: String,
    counted: Counted,
    durations: Vec<u64>,
}

/// The routes of all services.
pub(super) fn routes(store: &Store, window: Window) -> BTreeMap<String, Routes> {
    let mut services: BTreeMap<String, (Routes, Vec<u64>)> = BTreeMap::new();
    for mut group in groups(store, window) {
        group.durations.sort_unstable();
        group.counted.quantiles = SHARES.map(|share| at_share(&group.durations, share));
        let (routes, all) = services.entry(group.service).or_default();
        all.append(&mut group.durations);
        routes
            .routes
            .insert((group.method, group.route), group.counted);
    }
    let services = services.into_iter().map(|(name, (mut routes, mut all))| {
        all.sort_unstable();
        routes.seconds = window.seconds();
        routes.quantiles = SHARES.map(|share| at_share(&all, share));
        (name, routes)
    });
    services.collect()
}

fn groups(store: &Store, window: Window) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<(String, String, String), usize> = HashMap::new();
    let segments = store.spans.lock().ring.segments();
    for segment in segments
        .iter()
        .filter(|segment| window.meets(segment.times))
    {
        // Texts are compared once per segment, not once per span.
        let mut here: HashMap<(Symbol, Symbol, Symbol), usize> = HashMap::new();
        for head in &segment.heads {
            let is_request = matches!(head.kind, Kind::Server | Kind::Consumer);
            if !is_request || !window.has(head.start) {
                continue;
            }
            let route = if head.route == Symbol::EMPTY {
                head.name
            } else {
                head.route
            };
            let symbols = (head.service, head.method, route);
            let at = *here.entry(symbols).or_insert_with(|| {
                let text = |symbol| segment.strings.get(symbol).to_owned();
                let key = (text(symbols.0), text(symbols.1), text(symbols.2));
                *known.entry(key.clone()).or_insert_with(|| {
                    let (service, method, route) = key;
                    groups.push(Group {
                        service,
                        method,
                        route,
                        counted: Counted {
                            parts: vec![0.0; POINTS],
                            ..Counted::default()
                        },
                        durations: Vec::new(),
                    });
                    groups.len() - 1
                })
            });
            let group = &mut groups[at];
            group.counted.count += 1.0;
            if is_error(head.status, head.http_status) {
                group.counted.errors += 1.0;
            }
            group.counted.parts[window.part(head.start, POINTS)] += 1.0;
            group.durations.push(head.duration);
        }
    }
    groups
}

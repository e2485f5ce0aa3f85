//! Profiles: what there is, and flame graphs.

mod tree;

use std::collections::BTreeMap;

use hashbrown::HashSet;

use super::Window;
use crate::store::stacks::{ProfileHead, StackSegment};
use crate::store::{FlameGraph, Labels, Point, ProfileSummary, Store};
use tree::Tree;

/// Points of the chart of one profile.
const POINTS: usize = 60;

/// Which samples a flame graph is of.
#[derive(Clone, Debug)]
pub struct ProfileQuery {
    /// The service.
    pub service: String,
    /// The type, such as `process_cpu:cpu`; empty for the first there is.
    pub kind: String,
    /// From when to when.
    pub window: Window,
    /// Only samples of these spans; empty for all.
    pub spans: Vec<u64>,
    /// What to compare with.
    pub baseline: Option<Window>,
}

/// What there is, by service and type.
pub fn profiles(store: &Store, window: Window) -> Vec<ProfileSummary> {
    let segments = store.stacks.lock().ring.segments();
    let mut found: BTreeMap<(String, String), (ProfileSummary, HashSet<u64>)> = BTreeMap::new();
    for segment in &segments {
        for (at, head) in segment.profiles.iter().enumerate() {
            if !overlaps(head, window) {
                continue;
            }
            let text = |symbol| segment.strings.get(symbol).to_owned();
            let key = (text(head.service), text(head.kind));
            let (summary, spans) = found.entry(key.clone()).or_insert_with(|| {
                let points =
                    (0..POINTS).map(|part| Point::new(window.start(part, POINTS), Some(0.0)));
                let summary = ProfileSummary {
                    service: key.0,
                    kind: key.1,
                    unit: text(head.unit),
                    profiles: 0,
                    total: 0,
                    from_unix_nanos: head.start,
                    to_unix_nanos: head.end,
                    spans: 0,
                    over_time: points.collect(),
                };
                (summary, HashSet::new())
            });
            let samples = segment.samples(at);
            let sum: i64 = samples
                .iter()
                .fold(0, |sum, sample| sum.saturating_add(sample.value));
            summary.profiles += 1;
            summary.total = summary.total.saturating_add(sum);
            summary.from_unix_nanos = summary.from_unix_nanos.min(head.start);
            summary.to_unix_nanos = summary.to_unix_nanos.max(head.end);
            spans.extend(
                samples
                    .iter()
                    .map(|sample| sample.span)
                    .filter(|span| *span != 0),
            );
            let part = window.part(head.start.max(window.from), POINTS);
            if let Some(value) = &mut summary.over_time[part].value {
                *value += sum as f64;
            }
        }
    }
    let all = found.into_values();
    all.map(|(summary, spans)| ProfileSummary {
        spans: spans.len(),
        ..summary
    })
    .collect()
}

/// The flame graph of all samples that match; none if nothing of that service and type is here.
pub fn flame_graph(store: &Store, query: &ProfileQuery) -> Option<FlameGraph> {
    let segments = store.stacks.lock().ring.segments();
    let kind = match query.kind.as_str() {
        "" => usual_kind(store, &query.service)?,
        kind => kind.to_owned(),
    };
    let mut tree = Tree::default();
    let mut unit = None;
    let mut labels: Option<Labels> = None;
    for segment in &segments {
        let of = |symbol| segment.strings.get(symbol);
        for (at, head) in segment.profiles.iter().enumerate() {
            if of(head.service) != query.service || of(head.kind) != kind {
                continue;
            }
            unit.get_or_insert_with(|| of(head.unit).to_owned());
            if overlaps(head, query.window) {
                add(&mut tree, segment, at, &query.spans, false);
                let own = segment.labels(at);
                let all = labels.get_or_insert_with(|| own.clone());
                all.retain(|name, value| own.get(name) == Some(value));
            }
            // The baseline is the service as a whole, not a span of it.
            if query.baseline.is_some_and(|window| overlaps(head, window)) {
                add(&mut tree, segment, at, &[], true);
            }
        }
    }
    let has_baseline = query.baseline.is_some();
    Some(FlameGraph {
        service: query.service.clone(),
        kind,
        unit: unit?,
        total: tree.total(),
        baseline_total: has_baseline.then(|| tree.baseline_total()),
        frames: tree.frames(has_baseline),
        top: tree.top(has_baseline),
        labels: labels.unwrap_or_default(),
    })
}

fn add(tree: &mut Tree, segment: &StackSegment, profile: usize, spans: &[u64], is_baseline: bool) {
    for sample in segment.samples(profile) {
        if spans.is_empty() || spans.contains(&sample.span) {
            let stack = segment.stack(sample).iter();
            let names = stack.map(|symbol| segment.strings.get(*symbol));
            tree.add(names, sample.value, is_baseline);
        }
    }
}

/// The type that a service is asked for first: CPU time where there is some.
fn usual_kind(store: &Store, service: &str) -> Option<String> {
    let all = profiles(store, Window::ALWAYS);
    let mut kinds = all.into_iter().filter(|summary| summary.service == service);
    let first = kinds.next()?;
    let cpu = kinds.find(|summary| summary.kind == "process_cpu:cpu");
    match first.kind == "process_cpu:cpu" {
        true => Some(first.kind),
        false => Some(cpu.unwrap_or(first).kind),
    }
}

fn overlaps(head: &ProfileHead, window: Window) -> bool {
    window.meets(Some((head.start, head.end)))
}

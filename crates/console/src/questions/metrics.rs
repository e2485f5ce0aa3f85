//! Families, and charts of one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Window;
use super::rates::{Steps, quantile};
use crate::store::series::{KeptFamily, KeptSeries};
use crate::store::{Chart, Exemplar, Family, FamilyKind, Labels, Point, Series, Store, id};

/// The label of the service itself.
pub(super) const SERVICE: &str = "service_name";

/// What to make of the samples of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    /// What suits the type: the rate of a counter, the 95 % quantile of a histogram, else the value.
    Usual,
    /// How much was added per second; of a histogram, how many events.
    Rate,
    /// The value below which this share of the events of a histogram lies, from 0 to 1.
    Quantile(f64),
    /// The value as it is, added up over the series of one group.
    Value,
}

/// What a chart shows.
#[derive(Clone, Debug)]
pub struct MetricQuery {
    /// The family.
    pub family: String,
    /// What to make of its samples.
    pub view: View,
    /// Labels that series have to have.
    pub labels: Vec<(String, String)>,
    /// Labels by which series are told apart; empty for one line per label set.
    pub by: Vec<String>,
    /// From when to when.
    pub window: Window,
    /// How many points a line has.
    pub points: usize,
    /// How many lines are shown.
    pub limit: usize,
}

/// Parts of a chart's time that exemplars are shared out over, so that they do not gather where it is newest.
const EXEMPLAR_PARTS: usize = 50;
/// Exemplars of one part.
const MOST_OF_PART: usize = 5;

/// All families in the order of their names; of one service, if one is named.
pub fn families(store: &Store, service: &str) -> Vec<Family> {
    let series = store.series.lock();
    let all = series.families().iter();
    let families = all.map(|(name, family)| described(name, family));
    families
        .filter(|family| service.is_empty() || family.services.iter().any(|known| known == service))
        .collect()
}

fn described(name: &str, family: &KeptFamily) -> Family {
    let mut services = BTreeSet::new();
    let mut labels = BTreeSet::new();
    let mut sets: BTreeSet<&Labels> = BTreeSet::new();
    for series in &family.series {
        if !sets.insert(&series.labels) {
            continue;
        }
        for (label, value) in series.labels.iter() {
            match label.as_str() {
                SERVICE => services.insert(value.clone()),
                label => labels.insert(label.to_owned()),
            };
        }
    }
    Family {
        name: name.to_owned(),
        kind: family.kind,
        help: family.help.clone(),
        unit: family.unit.clone(),
        services: services.into_iter().collect(),
        labels: labels.into_iter().collect(),
        series: sets.len(),
        has_exemplars: family
            .series
            .iter()
            .any(|series| !series.exemplars.is_empty()),
    }
}

/// A chart of a family; none if there is no such family.
pub fn chart(store: &Store, query: &MetricQuery) -> Option<Chart> {
    let (family, all) = {
        let series = store.series.lock();
        let family = series.families().get(&query.family)?;
        (described(&query.family, family), family.series.clone())
    };
    let view = match (query.view, family.kind) {
        (View::Usual, FamilyKind::Counter) => View::Rate,
        (View::Usual, FamilyKind::Histogram) => View::Quantile(0.95),
        (View::Usual, _) => View::Value,
        (view, _) => view,
    };
    let matching: Vec<_> = all
        .iter()
        .filter(|series| has_labels(&series.labels, &query.labels))
        .cloned()
        .collect();
    let steps = Steps::new(query.window, query.points);
    let groups = groups(&matching, &query.by);
    let lines = groups.into_iter().map(|(labels, group)| {
        let values = match view {
            View::Quantile(phi) => steps.quantiles(&group, phi),
            View::Rate => steps.sum_of_rates(
                group
                    .iter()
                    .filter(|series| matches!(series.suffix, "_total" | "_count" | "")),
            ),
            View::Value | View::Usual => steps.sum_of_values(
                group
                    .iter()
                    .filter(|series| !matches!(series.suffix, "_bucket" | "_sum")),
            ),
        };
        Series {
            labels,
            points: steps.points(values),
        }
    });
    let mut lines: Vec<Series> = lines
        .filter(|line| line.points.iter().any(|point| point.value.is_some()))
        .collect();
    lines.sort_by(|a, b| {
        largest(b)
            .total_cmp(&largest(a))
            .then(a.labels.cmp(&b.labels))
    });
    let left_out = lines.len().saturating_sub(query.limit);
    lines.truncate(query.limit);
    Some(Chart {
        unit: match view {
            View::Rate => "per second".to_owned(),
            _ => family.unit.clone(),
        },
        exemplars: exemplars(&matching, query.window),
        family,
        series: lines,
        left_out,
        from_unix_nanos: query.window.from,
        to_unix_nanos: query.window.to,
    })
}

pub(super) fn has_labels(labels: &Labels, wanted: &[(String, String)]) -> bool {
    wanted
        .iter()
        .all(|(name, value)| labels.get(name).map_or("", String::as_str) == value)
}

fn groups(all: &[Arc<KeptSeries>], by: &[String]) -> BTreeMap<Labels, Vec<Arc<KeptSeries>>> {
    let mut groups: BTreeMap<Labels, Vec<Arc<KeptSeries>>> = BTreeMap::new();
    for series in all {
        let labels = match by {
            [] => series.labels.as_ref().clone(),
            by => {
                let found = by
                    .iter()
                    .filter_map(|name| series.labels.get_key_value(name));
                found
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            }
        };
        groups.entry(labels).or_default().push(series.clone());
    }
    groups
}

fn largest(line: &Series) -> f64 {
    let values = line.points.iter().filter_map(|point| point.value);
    values.fold(f64::NEG_INFINITY, f64::max)
}

fn exemplars(all: &[Arc<KeptSeries>], window: Window) -> Vec<Exemplar> {
    let mut found: Vec<Exemplar> = all
        .iter()
        .flat_map(|series| {
            series
                .exemplars
                .iter()
                .map(move |exemplar| (series, exemplar))
        })
        .map(|(series, exemplar)| Exemplar {
            unix_nanos: exemplar.millis.saturating_mul(1_000_000),
            value: exemplar.value,
            trace_id: id::trace_text(exemplar.trace),
            span_id: (exemplar.span != 0).then(|| id::span_text(exemplar.span)),
            labels: series.labels.as_ref().clone(),
        })
        .filter(|exemplar| window.has(exemplar.unix_nanos))
        .collect();
    found.sort_by(|a, b| {
        b.unix_nanos
            .cmp(&a.unix_nanos)
            .then(a.trace_id.cmp(&b.trace_id))
    });
    found.dedup_by(|a, b| a.trace_id == b.trace_id && a.unix_nanos == b.unix_nanos);
    spread(found, window)
}

/// Of each part of the window a few: the slowest, and others at equal ranks below it.
fn spread(found: Vec<Exemplar>, window: Window) -> Vec<Exemplar> {
    let mut parts: BTreeMap<usize, Vec<Exemplar>> = BTreeMap::new();
    for exemplar in found {
        let part = window.part(exemplar.unix_nanos, EXEMPLAR_PARTS);
        parts.entry(part).or_default().push(exemplar);
    }
    let mut kept = Vec::new();
    for (_, mut part) in parts.into_iter().rev() {
        part.sort_by(|a, b| b.value.total_cmp(&a.value));
        let step = part.len().div_ceil(MOST_OF_PART).max(1);
        kept.extend(part.into_iter().step_by(step));
    }
    kept
}

/// A quantile over all of a window; none without an event.
pub(super) fn quantile_within<'a>(
    series: impl Iterator<Item = &'a Arc<KeptSeries>>,
    window: Window,
    since: Option<u64>,
    phi: f64,
) -> Option<f64> {
    let mut buckets: BTreeMap<u64, f64> = BTreeMap::new();
    for series in series.filter(|series| series.suffix == "_bucket") {
        let added = super::rates::added(series, window, since);
        *buckets.entry(series.bound.to_bits()).or_default() += added;
    }
    let buckets: Vec<(f64, f64)> = buckets
        .into_iter()
        .map(|(bound, count)| (f64::from_bits(bound), count))
        .collect();
    quantile(buckets, phi)
}

impl Point {
    pub(super) fn new(unix_nanos: u64, value: Option<f64>) -> Self {
        Self {
            unix_nanos,
            value: value.filter(|value| value.is_finite()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemplar(unix_nanos: u64) -> Exemplar {
        Exemplar {
            unix_nanos,
            value: unix_nanos as f64,
            trace_id: String::new(),
            span_id: None,
            labels: Labels::new(),
        }
    }

    #[test]
    fn exemplars_are_spread_over_the_window() {
        let window = Window { from: 0, to: 1_000 };
        let crowd = (990..1_000).map(exemplar);

        let kept = spread(
            [exemplar(3), exemplar(500)]
                .into_iter()
                .chain(crowd)
                .collect(),
            window,
        );

        let times: Vec<_> = kept.iter().map(|exemplar| exemplar.unix_nanos).collect();
        assert_eq!(times, [999, 997, 995, 993, 991, 500, 3]);
    }
}

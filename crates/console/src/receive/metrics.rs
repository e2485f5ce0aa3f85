//! OTLP metrics as series of the names and labels that Prometheus would give them.

use wire::otlp::{
    Attributes, Exemplar, HistogramPoint, Metric, NumberPoint, Origin, Points, SummaryPoint,
};

use super::Outcome;
use crate::store::series::{KeptExemplar, NewSample, Refused, Sample};
use crate::store::{FamilyKind, Labels, Signal, Store, id};

/// Labels of one series that are taken.
const MOST_LABELS: usize = 64;
/// Bytes of the name or value of a label that are taken.
const LONGEST_LABEL: usize = 1024;
/// Bytes of a help text that are kept.
const LONGEST_HELP: usize = 1024;

/// Why points of delta temporality are refused, and what to do.
const NO_DELTA: &str = "delta temporality is not taken, as in Prometheus: export cumulative points, with \
     OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative";

/// A sample of a point: its suffix, the bound of its bucket or its quantile, its value.
type Part = (&'static str, f64, f64);

pub(super) fn push_metric(store: &Store, origin: &Origin, metric: &Metric, outcome: &mut Outcome) {
    let (name, unit) = prometheus_name(metric);
    let mut taker = Taker {
        store,
        origin,
        name,
        unit,
        help: metric.description.chars().take(LONGEST_HELP).collect(),
        outcome,
    };
    match &metric.points {
        Points::Gauge(points) => taker.numbers(FamilyKind::Gauge, "", points),
        Points::Sum {
            points,
            is_delta: true,
            ..
        } => taker.refuse("delta", points.len(), NO_DELTA),
        Points::Histogram {
            points,
            is_delta: true,
        } => taker.refuse("delta", points.len(), NO_DELTA),
        Points::Sum {
            points,
            is_monotonic: true,
            ..
        } => taker.numbers(FamilyKind::Counter, "_total", points),
        Points::Sum { points, .. } => taker.numbers(FamilyKind::Gauge, "", points),
        Points::Histogram { points, .. } => points.iter().for_each(|point| {
            taker.take(
                FamilyKind::Histogram,
                &point.attributes,
                &histogram(point),
                point.unix_nanos,
                &point.exemplars,
            );
        }),
        Points::Summary(points) => points.iter().for_each(|point| {
            taker.take(
                FamilyKind::Summary,
                &point.attributes,
                &summary(point),
                point.unix_nanos,
                &[],
            );
        }),
        Points::Unknown => taker.refuse("invalid", 1, "the type of the metric is not known"),
    }
}

/// Takes the points of one metric.
struct Taker<'a> {
    store: &'a Store,
    origin: &'a Origin,
    name: String,
    unit: String,
    help: String,
    outcome: &'a mut Outcome,
}

impl Taker<'_> {
    fn numbers(&mut self, kind: FamilyKind, suffix: &'static str, points: &[NumberPoint]) {
        for point in points {
            // A point may say that there is no value any more.
            if let Some(value) = point.value {
                let part = [(suffix, f64::NAN, value)];
                self.take(
                    kind,
                    &point.attributes,
                    &part,
                    point.unix_nanos,
                    &point.exemplars,
                );
            }
        }
    }

    fn take(
        &mut self,
        kind: FamilyKind,
        attributes: &Attributes,
        parts: &[Part],
        unix_nanos: u64,
        exemplars: &[Exemplar],
    ) {
        let labels = match labels(self.origin, attributes) {
            Ok(labels) => labels,
            Err(words) => return self.refuse("labels", 1, words),
        };
        let mut refused = None;
        for (index, (suffix, bound, value)) in parts.iter().enumerate() {
            let new = NewSample {
                family: &self.name,
                kind,
                help: &self.help,
                unit: &self.unit,
                labels: &labels,
                suffix,
                bound: *bound,
                sample: Sample {
                    millis: unix_nanos / 1_000_000,
                    value: *value,
                },
                exemplar: exemplars_of(parts, index, exemplars),
            };
            match push_sample(self.store, &new) {
                Ok(()) => self.outcome.taken += 1,
                Err(words) => refused = Some(words),
            }
        }
        if let Some(words) = refused {
            self.outcome.refuse(1, words);
        }
    }

    /// Counts points that are refused before they become samples.
    fn refuse(&mut self, reason: &'static str, points: usize, words: &str) {
        let points = points as u64;
        self.store.refusals.add(Signal::Metrics, reason, points);
        self.outcome.refuse(points, words);
    }
}

/// Cumulative buckets up to infinity, the count and the sum.
fn histogram(point: &HistogramPoint) -> Vec<Part> {
    let mut samples = Vec::new();
    let mut sum = 0_u64;
    for (bound, count) in point.bounds.iter().zip(&point.counts) {
        sum = sum.saturating_add(*count);
        samples.push(("_bucket", *bound, sum as f64));
    }
    samples.push(("_bucket", f64::INFINITY, point.count as f64));
    samples.push(("_count", f64::NAN, point.count as f64));
    if let Some(sum) = point.sum {
        samples.push(("_sum", f64::NAN, sum));
    }
    samples
}

/// The quantiles, the count and the sum.
fn summary(point: &SummaryPoint) -> Vec<Part> {
    let quantiles = point.quantiles.iter();
    let mut samples: Vec<_> = quantiles
        .map(|(quantile, value)| ("", *quantile, *value))
        .collect();
    samples.push(("_count", f64::NAN, point.count as f64));
    samples.push(("_sum", f64::NAN, point.sum));
    samples
}

/// The exemplar that belongs to one of several samples: in a histogram, that of its bucket.
fn exemplars_of(parts: &[Part], index: usize, all: &[Exemplar]) -> Option<KeptExemplar> {
    let (suffix, bound, _) = parts[index];
    let below = match suffix {
        "_bucket" if index == 0 => f64::NEG_INFINITY,
        "_bucket" => parts[index - 1].1,
        "_total" => f64::NEG_INFINITY,
        _ => return None,
    };
    let fits = |exemplar: &&Exemplar| {
        suffix == "_total" || (below < exemplar.value && exemplar.value <= bound)
    };
    let found = all.iter().rev().find(fits)?;
    Some(KeptExemplar {
        millis: found.unix_nanos / 1_000_000,
        value: found.value,
        trace: id::trace(found.trace_id.as_deref()?)?,
        span: found.span_id.as_deref().and_then(id::span).unwrap_or(0),
    })
}

/// Adds a sample, and counts one that is refused.
pub(crate) fn push_sample(store: &Store, new: &NewSample<'_>) -> Result<(), &'static str> {
    let (reason, words) = match store.series.lock().push(new) {
        Ok(()) | Err(Refused::Repeated) => return Ok(()),
        Err(Refused::SeriesLimit) => ("series", "there are as many series as may be"),
        Err(Refused::OutOfOrder) => (
            "out_of_order",
            "a sample is older than the newest of its series",
        ),
    };
    store.refusals.add(Signal::Metrics, reason, 1);
    Err(words)
}

/// Whether the labels of a series may be kept.
pub(crate) fn check_labels(labels: &Labels) -> Result<(), &'static str> {
    if MOST_LABELS < labels.len() {
        return Err("a series has more than 64 labels");
    }
    let is_long = |text: &String| LONGEST_LABEL < text.len();
    if labels
        .iter()
        .any(|(name, value)| is_long(name) || is_long(value))
    {
        return Err("a label is longer than 1024 bytes");
    }
    Ok(())
}

fn labels(origin: &Origin, attributes: &Attributes) -> Result<Labels, &'static str> {
    let mut labels = Labels::new();
    for key in ["service.name", "deployment.environment.name", "project"] {
        if let Some(value) = origin.resource.get(key) {
            labels.insert(label_name(key), value.to_string());
        }
    }
    for (key, value) in attributes {
        labels.insert(label_name(key), value.to_string());
    }
    check_labels(&labels)?;
    Ok(labels)
}

/// OpenTelemetry's names as Prometheus writes them: other characters become `_`, and the unit stands behind.
fn prometheus_name(metric: &Metric) -> (String, String) {
    let mut name = label_name(&metric.name);
    let unit = unit(&metric.unit);
    if !unit.is_empty() && !name.ends_with(&format!("_{unit}")) {
        name = format!("{}_{unit}", name.trim_end_matches("_total"));
    }
    let is_counter = matches!(
        metric.points,
        Points::Sum {
            is_monotonic: true,
            ..
        }
    );
    if is_counter {
        // The suffix is the sample's, as OpenMetrics has it.
        name.truncate(name.trim_end_matches("_total").len());
    }
    (name, unit)
}

fn unit(unit: &str) -> String {
    let plain = match unit {
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "kBy" => "kilobytes",
        "1" => "",
        "%" => "percent",
        "Cel" => "celsius",
        "V" => "volts",
        "Hz" => "hertz",
        unit if unit.starts_with('{') || unit.contains('/') => "",
        unit => unit,
    };
    label_name(plain)
}

fn label_name(key: &str) -> String {
    let mut name: String = key
        .chars()
        .map(|found| {
            if found.is_ascii_alphanumeric() || found == '_' {
                found
            } else {
                '_'
            }
        })
        .collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

//! Metrics as those who ask see them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FamilyKind {
    /// Only goes up: ask for its rate.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts per bucket: ask for quantiles, or for its rate.
    Histogram,
    /// Quantiles that the sender computed.
    Summary,
    /// Labels that do not change.
    Info,
    /// Not stated; shown as a gauge.
    Unknown,
}

/// Series under one name.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Family {
    /// The name, as Prometheus writes it and without the suffixes of its samples.
    pub name: String,
    /// The type.
    pub kind: FamilyKind,
    /// What it counts or measures; empty if the sender does not say.
    pub help: String,
    /// The unit, such as `seconds`; empty if it has none.
    pub unit: String,
    /// The services that have it.
    pub services: Vec<String>,
    /// The names of its labels, but for those of the service itself and of buckets.
    pub labels: Vec<String>,
    /// How many label sets it has.
    pub series: usize,
    /// Whether a point of it names a trace.
    pub has_exemplars: bool,
}

/// The answer to a question about one family.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Chart {
    /// The family.
    pub family: Family,
    /// The unit of the points, such as `seconds` or `per second`.
    pub unit: String,
    /// The lines of the chart, the largest first.
    pub series: Vec<Series>,
    /// How many series more there are than those shown.
    pub left_out: usize,
    /// Measured events that name their trace.
    pub exemplars: Vec<Exemplar>,
    /// When the chart begins, in nanoseconds since 1970.
    pub from_unix_nanos: u64,
    /// When the chart ends, in nanoseconds since 1970.
    pub to_unix_nanos: u64,
}

/// Points over time.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Series {
    /// What tells it from the others of its chart.
    pub labels: Labels,
    /// Its points, oldest first.
    pub points: Vec<Point>,
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Point {
    /// In nanoseconds since 1970.
    pub unix_nanos: u64,
    /// Nothing where there is no data: a line breaks there.
    pub value: Option<f64>,
}

/// A measured event that names its trace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Exemplar {
    /// When it happened, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// What was measured, in the unit of the family.
    pub value: f64,
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits, if it names its span.
    pub span_id: Option<String>,
    /// The labels of its series, but for the bucket's.
    pub labels: Labels,
}

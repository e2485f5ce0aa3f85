//! Profiles as those who ask see them.

use serde::Serialize;
use utoipa::ToSchema;

use super::Labels;

/// What there is of one service and one type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProfileSummary {
    /// The service.
    pub service: String,
    /// The type, such as `process_cpu:cpu`.
    pub kind: String,
    /// The unit of its values, such as `nanoseconds`.
    pub unit: String,
    /// How many profiles were pushed.
    pub profiles: usize,
    /// The sum of all their values.
    pub total: i64,
    /// The beginning of the oldest, in nanoseconds since 1970.
    pub from_unix_nanos: u64,
    /// The end of the newest, in nanoseconds since 1970.
    pub to_unix_nanos: u64,
    /// How many spans have samples of their own.
    pub spans: usize,
    /// Sums over time, oldest first, for a chart.
    pub over_time: Vec<super::Point>,
}

/// Stacks added up, or two such sums beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FlameGraph {
    /// The service.
    pub service: String,
    /// The type, such as `process_cpu:cpu`.
    pub kind: String,
    /// The unit of the costs, such as `nanoseconds`.
    pub unit: String,
    /// The sum of all samples.
    pub total: i64,
    /// In a difference, the sum of the samples that are compared with.
    pub baseline_total: Option<i64>,
    /// All frames: each caller before those it calls, those by name. The first is the root, at depth 0.
    pub frames: Vec<Frame>,
    /// Functions, the most costly first.
    pub top: Vec<TopRow>,
    /// Labels of the pushes, where all agree.
    pub labels: Labels,
}

/// A function under way, called through the same functions.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Frame {
    /// The full name of the function.
    pub name: String,
    /// How many callers it has; 0 is the root, which is no function.
    pub depth: usize,
    /// Where it begins: the costs of what stands left of it.
    pub offset: i64,
    /// What it costs.
    pub cost: FrameCost,
    /// In a difference, what it cost in what is compared with.
    pub baseline: Option<FrameCost>,
}

/// What a function costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FrameCost {
    /// With those it calls.
    pub total: i64,
    /// By itself.
    pub own: i64,
}

/// A function, wherever it was called from.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TopRow {
    /// The full name of the function.
    pub name: String,
    /// What it costs; a function that calls itself counts once.
    pub cost: FrameCost,
    /// In a difference, what it cost in what is compared with.
    pub baseline: Option<FrameCost>,
}

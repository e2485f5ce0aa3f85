//! Spans together: a trace, a list of traces, a map of services.

use serde::Serialize;
use utoipa::ToSchema;

use super::Span;

/// One trace, as whole as its spans came.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Trace {
    /// What it looks like in a list.
    pub summary: TraceSummary,
    /// Its spans as a waterfall shows them: each parent before its children, children by start.
    pub spans: Vec<TraceSpan>,
}

/// A span in its place in a trace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceSpan {
    /// The span.
    pub span: Span,
    /// How many parents of it are here; 0 for a root.
    pub depth: usize,
    /// How many spans are right below it.
    pub children: usize,
    /// The part of its time during which none of its children ran, in nanoseconds.
    pub self_nanos: u64,
    /// Whether it names a parent that is not here (yet, or any more).
    pub is_orphan: bool,
}

/// A trace in one line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The name of its root, or of its earliest span while no root is here.
    pub name: String,
    /// The service of that span.
    pub service: String,
    /// The route of that span, if it has one.
    pub route: Option<String>,
    /// The HTTP status of that span, if it has one.
    pub http_status: Option<i64>,
    /// When its first span started, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// From the first start to the last end, in nanoseconds.
    pub duration_nanos: u64,
    /// How many spans are here.
    pub spans: usize,
    /// How many of them failed.
    pub errors: usize,
    /// The services of its spans, the busiest first.
    pub services: Vec<String>,
    /// Whether there is one root and no span whose parent is missing.
    pub is_whole: bool,
}

/// What a search for traces found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Traces {
    /// The newest that match, newest first.
    pub traces: Vec<TraceSummary>,
    /// Whether there are more than these.
    pub has_more: bool,
    /// How many spans the search looked at.
    pub looked_at: usize,
}

/// Who calls whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ServiceMap {
    /// Services, databases, and the user in front of them.
    pub nodes: Vec<MapNode>,
    /// Calls between them.
    pub edges: Vec<MapEdge>,
}

/// What a node of the map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapNodeKind {
    /// Whoever sends the first request.
    User,
    /// A service that sends spans.
    Service,
    /// A database that a service calls.
    Database,
    /// Something else that a service calls and that sends no spans.
    Remote,
}

/// One node of the map.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MapNode {
    /// Its name, unique in the map.
    pub name: String,
    /// What it is.
    pub kind: MapNodeKind,
    /// Requests per second that reach it.
    pub rate: f64,
    /// The share of them that fail, from 0 to 1.
    pub error_share: f64,
}

/// Calls from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MapEdge {
    /// The name of the node that calls.
    pub from: String,
    /// The name of the node that is called.
    pub to: String,
    /// Calls per second.
    pub rate: f64,
    /// The share of them that fail, from 0 to 1.
    pub error_share: f64,
    /// Half of the calls take at most this, in seconds.
    pub p50: f64,
    /// 95 of 100 calls take at most this, in seconds.
    pub p95: f64,
    /// A trace with such a call.
    pub example_trace_id: Option<String>,
}

//! Services at a glance, and the store itself.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// One of the four signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Spans.
    Traces,
    /// Lines.
    Logs,
    /// Samples of series.
    Metrics,
    /// Stacks.
    Profiles,
}

/// Requests, errors and durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Red {
    /// Requests per second.
    pub rate: f64,
    /// The share of them that failed, from 0 to 1.
    pub error_share: f64,
    /// Half of them took at most this, in seconds; none without a request.
    pub p50: Option<f64>,
    /// 95 of 100 took at most this, in seconds.
    pub p95: Option<f64>,
    /// 99 of 100 took at most this, in seconds.
    pub p99: Option<f64>,
}

/// One service over the window that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceSummary {
    /// Its name.
    pub name: String,
    /// Over all its routes.
    pub red: Red,
    /// Its routes, the busiest first.
    pub routes: Vec<RouteSummary>,
    /// Requests per second over the window, oldest first, in equal steps.
    pub sparkline: Vec<f64>,
    /// Its newest errors, newest first.
    pub errors: Vec<ErrorSummary>,
    /// What there is of it, one per signal in the order traces, logs, metrics, profiles.
    pub signals: Vec<SignalStatus>,
    /// Where the rates come from: `metrics` counts every request, `traces` only the sampled ones.
    pub source: Signal,
}

/// One route of a service.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RouteSummary {
    /// The method, or the operation of a message; empty if there is none.
    pub method: String,
    /// The route pattern, or the name of the span; empty where no route matched.
    pub route: String,
    /// Its requests.
    pub red: Red,
    /// Requests per second over the window, oldest first, in equal steps.
    pub sparkline: Vec<f64>,
}

/// A span or a line that tells of an error.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ErrorSummary {
    /// When, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// What failed, in a line.
    pub what: String,
    /// Why, as far as it says; empty if it does not.
    pub why: String,
    /// 32 hexadecimal digits, if it belongs to a request.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits, if it belongs to a span.
    pub span_id: Option<String>,
}

/// Whether a signal of a service comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalState {
    /// It came within the window.
    Live,
    /// It came, but before the window.
    Silent,
    /// It never came.
    Missing,
    /// It is not meant to come: the console makes no spans and profiles of itself, so that it does not feed itself.
    Absent,
}

/// What there is of a signal of a service.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SignalStatus {
    /// The signal.
    pub signal: Signal,
    /// Whether it comes.
    pub state: SignalState,
    /// When it last came, in nanoseconds since 1970.
    pub last_unix_nanos: Option<u64>,
    /// In a sentence what is missing and why; empty where nothing is missing.
    pub reason: String,
}

/// The ring of one signal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StoreStatus {
    /// The signal.
    pub signal: Signal,
    /// How many spans, lines, samples or stacks are here.
    pub items: usize,
    /// The bytes they take.
    pub bytes: usize,
    /// The bytes that they may take.
    pub limit_bytes: usize,
    /// The time of the oldest that is here, in nanoseconds since 1970.
    pub oldest_unix_nanos: Option<u64>,
    /// How many came.
    pub received: u64,
    /// How many made room for newer ones.
    pub evicted: u64,
    /// How many came twice.
    pub repeated: u64,
    /// How many were refused, by reason.
    pub refused: BTreeMap<String, u64>,
}

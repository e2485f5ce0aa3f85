//! What each link is called, through whichever stores it is followed.

pub(super) const LOG_TO_TRACE: &str = "log → trace";
pub(super) const TRACE_TO_LOGS: &str = "trace → logs";
pub(super) const NO_LINK: &str = "log of what was not sampled: no link";
pub(super) const TRACE_TO_METRICS: &str = "trace → metrics: rate, errors, p99";
pub(super) const FAILURE_TO_METRICS: &str = "trace → metrics: of a failure";
pub(super) const TRACE_TO_PROFILE: &str = "trace → profile";
pub(super) const PROFILE_TO_TRACE: &str = "profile → trace";
pub(super) const EXEMPLAR: &str = "metric → trace: exemplar";
pub(super) const DATA_LINK: &str = "metric → trace: data link";
pub(super) const ALERT_TO_DASHBOARD: &str = "alert → dashboard";
pub(super) const ALERT_TO_TRACES: &str = "alert → traces";
pub(super) const MAP: &str = "service map: user → api → fulfilment, both → database";
pub(super) const MAP_TO_TRACES: &str = "service map → traces";
pub(super) const MAP_TO_METRICS: &str = "service map → metrics";

//! A log line as those who ask see it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not stated.
    Unknown,
    /// For who reads every step.
    Trace,
    /// For who looks for a mistake.
    Debug,
    /// What happened.
    Info,
    /// What may become a problem.
    Warn,
    /// What failed.
    Error,
}

/// One log line.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Line {
    /// Its place among all lines that ever came: higher is newer. A cursor for paging and tailing.
    pub id: u64,
    /// When it was written, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// How serious it is.
    pub level: Level,
    /// The service that wrote it; `unknown_service` if it did not say.
    pub service: String,
    /// What it says, without the fields.
    pub message: String,
    /// 32 hexadecimal digits, if it belongs to a request.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits, if it belongs to a span.
    pub span_id: Option<String>,
    /// Whether spans of its trace were sent, as far as the line says.
    pub is_sampled: Option<bool>,
    /// All further fields by key.
    pub fields: BTreeMap<String, String>,
}

impl Line {
    /// The value of a further field.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }
}

/// What a search for lines found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Lines {
    /// The newest that match, newest first.
    pub lines: Vec<Line>,
    /// How many match in all.
    pub total: usize,
    /// Matches over time, oldest first.
    pub histogram: Vec<LineBar>,
    /// Where to go on with older ones; none if there are no older ones.
    pub older: Option<u64>,
    /// The newest id there is, matching or not: where to go on when tailing.
    pub newest: u64,
}

/// The matches of one stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct LineBar {
    /// When it begins, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// When it ends, in nanoseconds since 1970.
    pub end_unix_nanos: u64,
    /// Lines of level info, debug, trace and without one.
    pub other: usize,
    /// Lines of level warn.
    pub warn: usize,
    /// Lines of level error.
    pub error: usize,
}

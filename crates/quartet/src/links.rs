//! Links between signals, rendered as Grafana 12.4 renders them; docs/links.md has the rules and where they are from.
//!
//! Pure: provisioned settings, spans, lines and points in, queries out.

pub(crate) mod derived;
pub(crate) mod explore;
pub(crate) mod panel;
pub(crate) mod range;
pub(crate) mod service_map;
pub(crate) mod source;
pub(crate) mod span;
pub(crate) mod template;
pub(crate) mod trace_to_logs;
pub(crate) mod trace_to_metrics;
pub(crate) mod trace_to_profiles;

use serde::Deserialize;

use range::Range;

/// What a link asks of a data source, and when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    /// The uid of the data source.
    pub(crate) source: String,
    /// In the language of that source.
    pub(crate) text: String,
    pub(crate) range: Range,
}

/// A tag of a span, and the label that it becomes.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: Option<String>,
}

/// Why a link is not there, or would not do what it promises.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    /// The settings of a data source lack what the link is made of.
    #[error("data source {uid} has no {setting}")]
    Setting { uid: String, setting: &'static str },
    /// A setting is there and cannot be read.
    #[error("{setting} of data source {uid} is not valid: {reason}")]
    Invalid {
        uid: String,
        setting: &'static str,
        reason: String,
    },
    /// Grafana hides a link whose template names what is not there, or opens it with the name in it.
    #[error("nothing is known of {} in {template}", .names.join(", "))]
    Unknown {
        template: String,
        names: Vec<String>,
    },
    /// None of the tags that the link maps is on the span.
    #[error("the span has none of the tags {}", .0.join(", "))]
    NoTags(Vec<String>),
    /// The span lacks the attribute without which Grafana shows no link.
    #[error("span {span} has no attribute {attribute}")]
    Attribute {
        span: String,
        attribute: &'static str,
    },
    /// An address that cannot be read as one of Explore.
    #[error("{url} does not open Explore: {reason}")]
    Explore { url: String, reason: String },
    /// A time that is neither milliseconds nor relative to now.
    #[error("{0} is no time")]
    Time(String),
}

//! What Loki's clients push: streams of lines, as JSON or as protobuf in a snappy block.

mod json;
mod labels;
mod protobuf;

use std::collections::BTreeMap;

pub use json::decode_json;
pub use protobuf::decode;

/// Why a push could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is made to fill the memory.
    #[error(transparent)]
    Crowded(#[from] crate::crowd::Crowded),
    /// The body is not a block of snappy, or holds more than the caller accepts.
    #[error("body is not a snappy block of at most {limit} bytes")]
    Snappy {
        /// The bound that the caller set.
        limit: usize,
    },
    /// The body is not the protobuf message of a push.
    #[error("body is not a push request")]
    Protobuf(#[from] prost::DecodeError),
    /// The body is not the JSON of a push.
    #[error("body is not the JSON of a push request: {0}")]
    Json(#[from] serde_json::Error),
    /// Labels that are not written as `{name="value"}`.
    #[error("labels {0:?} are not written as {{name=\"value\"}}")]
    Labels(String),
    /// A time that is not in nanoseconds since 1970.
    #[error("{0:?} is not a time in nanoseconds since 1970")]
    Time(String),
}

/// Lines that share their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Labels by name.
    pub labels: BTreeMap<String, String>,
    /// The lines in their order.
    pub entries: Vec<Entry>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// In nanoseconds since 1970.
    pub unix_nanos: u64,
    /// The line.
    pub line: String,
    /// What is known of the line beside its text.
    pub metadata: BTreeMap<String, String>,
}

//! Requests of Pyroscope's push service, `push.v1`.

use std::collections::BTreeMap;

use prost::Message;

use crate::crowd;
use crate::pprof::{self, Profile};

/// Why a push could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is not the protobuf message of a push.
    #[error("body is not a push")]
    Protobuf(#[from] prost::DecodeError),
    /// The body is made to fill the memory.
    #[error(transparent)]
    Crowded(#[from] crowd::Crowded),
    /// A label came twice, so that nobody can tell the series.
    #[error("label {0:?} is repeated")]
    RepeatedLabel(String),
    /// A profile in it is not one.
    #[error("profile of {series:?} is not valid")]
    Profile {
        /// The labels it came under.
        series: BTreeMap<String, String>,
        /// What is wrong with it.
        #[source]
        source: pprof::Error,
    },
}

/// A profile, and the series it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// The labels of the series; `__name__` is the kind of profile, such as `process_cpu`.
    pub labels: BTreeMap<String, String>,
    /// The size of the profile as it came.
    pub bytes: usize,
    /// The profile.
    pub profile: Profile,
}

impl Push {
    /// The value of a label of the series.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    series: Vec<Series>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Series {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<RawSample>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawSample {
    #[prost(bytes = "vec", tag = "1")]
    raw_profile: Vec<u8>,
}

/// A profile as it came, and the series it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPush {
    /// The labels of the series; `__name__` is the kind of profile, such as `process_cpu`.
    pub labels: BTreeMap<String, String>,
    /// The profile in the pprof format, compressed or not.
    pub profile: Vec<u8>,
}

/// Decodes the protobuf body of a push, and leaves the profiles as they are.
///
/// # Errors
/// A body that is not a push.
pub fn decode_raw(body: &[u8]) -> Result<Vec<RawPush>, Error> {
    crowd::check(body, 2)?;
    let mut pushes = Vec::new();
    for series in PushRequest::decode(body)?.series {
        let labels = labels(series.labels)?;
        pushes.extend(series.samples.into_iter().map(|raw| RawPush {
            labels: labels.clone(),
            profile: raw.raw_profile,
        }));
    }
    Ok(pushes)
}

/// Decodes the protobuf body of a push.
pub fn decode(body: &[u8]) -> Result<Vec<Push>, Error> {
    let mut pushes = Vec::new();
    for series in PushRequest::decode(body)?.series {
        let labels = labels(series.labels)?;
        for raw in series.samples {
            let profile = pprof::decode(&raw.raw_profile).map_err(|source| Error::Profile {
                series: labels.clone(),
                source,
            })?;
            pushes.push(Push {
                labels: labels.clone(),
                bytes: raw.raw_profile.len(),
                profile,
            });
        }
    }
    Ok(pushes)
}

fn labels(pairs: Vec<Label>) -> Result<BTreeMap<String, String>, Error> {
    let mut labels = BTreeMap::new();
    for pair in pairs {
        if labels.insert(pair.name.clone(), pair.value).is_some() {
            return Err(Error::RepeatedLabel(pair.name));
        }
    }
    Ok(labels)
}

//! Profiles in the pprof format, with every number replaced by what it stands for.

mod message;
mod resolve;
mod stacks;

use std::collections::BTreeMap;

use prost::Message;

use crate::{crowd, gzip};

pub use stacks::{StackSample, Stacks, stacks};

/// A profile with less than this in it takes the tests of nobody down.
const LONGEST_PROFILE: usize = 64 << 20;

/// Why a profile could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not the protobuf message of a profile.
    #[error("body is not a profile")]
    Protobuf(#[from] prost::DecodeError),
    /// The bytes are made to fill the memory.
    #[error(transparent)]
    Crowded(#[from] crowd::Crowded),
    /// The profile begins like gzip and is none.
    #[error("profile cannot be decompressed")]
    Gzip(#[from] gzip::Error),
    /// The table of texts does not begin with the empty one, as the format demands.
    #[error("the first text is not empty")]
    FirstText,
    /// A number stands for nothing.
    #[error("{what} {number} does not exist")]
    Missing {
        /// What it should stand for.
        what: &'static str,
        /// The number.
        number: i64,
    },
    /// An identifier is zero, or stands for two things.
    #[error("{what} {id} is not the identifier of exactly one")]
    Id {
        /// What it identifies.
        what: &'static str,
        /// The identifier.
        id: u64,
    },
    /// A sample has more or fewer values than the profile has types.
    #[error("a sample has {found} values, the profile {expected} types")]
    Values {
        /// How many types the profile names.
        expected: usize,
        /// How many values the sample has.
        found: usize,
    },
}

/// What a program did, by the stacks it was found in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// What the values of each sample are, in their order.
    pub types: Vec<ValueType>,
    /// What lies between two samples.
    pub period_type: ValueType,
    /// How much of it.
    pub period: i64,
    /// When the profile began, in nanoseconds since 1970.
    pub unix_nanos: i64,
    /// How long it lasted.
    pub duration_nanos: i64,
    /// The stacks.
    pub samples: Vec<Sample>,
}

/// What a number of a profile is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueType {
    /// Such as `cpu`.
    pub name: String,
    /// Such as `nanoseconds`.
    pub unit: String,
}

/// One stack, and how much was found in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The functions, each before its caller.
    pub frames: Vec<Frame>,
    /// A value per type of the profile.
    pub values: Vec<i64>,
    /// Labels whose value is a text.
    pub labels: BTreeMap<String, String>,
}

/// A function under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its full name, if it is known.
    pub function: String,
    /// Its source file; empty if the build does not carry it.
    pub file: String,
    /// The line in it; 0 if the build does not carry it.
    pub line: i64,
}

impl Profile {
    /// The first values of the samples that satisfy `matches`, added up.
    pub fn sum(&self, matches: impl Fn(&Sample) -> bool) -> i64 {
        let matching = self.samples.iter().filter(|sample| matches(sample));
        matching.filter_map(|sample| sample.values.first()).sum()
    }
}

impl Sample {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Whether a function of this name was under way.
    pub fn is_within(&self, function: &str) -> bool {
        self.frames.iter().any(|frame| frame.function == function)
    }
}

/// Decodes a profile, compressed or not.
pub fn decode(body: &[u8]) -> Result<Profile, Error> {
    resolve::profile(message(body, LONGEST_PROFILE)?)
}

fn message(body: &[u8], limit: usize) -> Result<message::Profile, Error> {
    let plain;
    let body = match body.starts_with(&[0x1f, 0x8b]) {
        true => {
            plain = gzip::decompress(body, limit)?;
            &plain
        }
        false => body,
    };
    crowd::check(body, 1)?;
    Ok(message::Profile::decode(body)?)
}

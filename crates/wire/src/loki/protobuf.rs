use std::collections::BTreeMap;

use prost::Message;

use super::{Entry, Error, Stream, labels};
use crate::crowd;

#[derive(Clone, PartialEq, Message)]
struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<RawStream>,
}

#[derive(Clone, PartialEq, Message)]
struct RawStream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<RawEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct RawEntry {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Timestamp>,
    #[prost(string, tag = "2")]
    line: String,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Pair>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

/// Decodes a protobuf push in a snappy block, of which at most `limit` bytes may come out.
///
/// # Errors
/// [`Error`], if it is no such push.
pub fn decode(body: &[u8], limit: usize) -> Result<Vec<Stream>, Error> {
    // The block says its size before anything is unpacked.
    let refused = || Error::Snappy { limit };
    let size = snap::raw::decompress_len(body).map_err(|_| refused())?;
    if limit < size {
        return Err(refused());
    }
    let plain = snap::raw::Decoder::new()
        .decompress_vec(body)
        .map_err(|_| refused())?;
    crowd::check(&plain, 3)?;
    let request = PushRequest::decode(plain.as_slice())?;
    request.streams.into_iter().map(stream).collect()
}

fn stream(raw: RawStream) -> Result<Stream, Error> {
    Ok(Stream {
        labels: labels::parse(&raw.labels)?,
        entries: raw
            .entries
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?,
    })
}

fn entry(raw: RawEntry) -> Result<Entry, Error> {
    let time = raw.timestamp.unwrap_or_default();
    let seconds = u64::try_from(time.seconds).ok();
    let nanos = u64::try_from(time.nanos).ok();
    let unix_nanos = seconds
        .zip(nanos)
        .and_then(|(seconds, nanos)| seconds.checked_mul(1_000_000_000)?.checked_add(nanos))
        .ok_or_else(|| Error::Time(format!("{}.{:09}", time.seconds, time.nanos)))?;
    let pairs = raw.metadata.into_iter().map(|pair| (pair.name, pair.value));
    Ok(Entry {
        unix_nanos,
        line: raw.line,
        metadata: BTreeMap::from_iter(pairs),
    })
}

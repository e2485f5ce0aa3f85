use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Entry, Error, Stream};

#[derive(Deserialize)]
struct PushRequest {
    streams: Vec<RawStream>,
}

#[derive(Deserialize)]
struct RawStream {
    stream: BTreeMap<String, String>,
    values: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawEntry {
    WithMetadata(String, String, BTreeMap<String, String>),
    Plain(String, String),
}

/// Decodes the JSON of a push.
///
/// # Errors
/// [`Error`], if it is no such push.
pub fn decode_json(body: &[u8]) -> Result<Vec<Stream>, Error> {
    let request: PushRequest = serde_json::from_slice(body)?;
    let streams = request.streams.into_iter().map(|raw| {
        let entries = raw.values.into_iter().map(entry);
        Ok(Stream {
            labels: raw.stream,
            entries: entries.collect::<Result<_, Error>>()?,
        })
    });
    streams.collect()
}

fn entry(raw: RawEntry) -> Result<Entry, Error> {
    let (time, line, metadata) = match raw {
        RawEntry::WithMetadata(time, line, metadata) => (time, line, metadata),
        RawEntry::Plain(time, line) => (time, line, BTreeMap::new()),
    };
    Ok(Entry {
        unix_nanos: time.parse().map_err(|_| Error::Time(time))?,
        line,
        metadata,
    })
}

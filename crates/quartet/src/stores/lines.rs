//! Lines: LogQL over a range, as Loki answers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::http::{Address, Error};
use crate::links::range::Range;

/// As many as Grafana is provisioned to ask for.
const MOST: usize = 1000;

/// A line, with the labels of its stream and its structured metadata.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) unix_nanos: i64,
    pub(crate) text: String,
}

impl Line {
    /// The value of a label or of a piece of metadata.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    stream: BTreeMap<String, String>,
    values: Vec<Entry>,
}

/// Time, text, and with newer servers the metadata, which older ones put among the labels.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Plain((String, String)),
    Described((String, String, serde_json::Value)),
}

/// Lines that match, newest first.
pub(crate) fn matching(lines: &Address, query: &str, range: Range) -> Result<Vec<Line>, Error> {
    let arguments = [
        ("query", query.to_owned()),
        ("start", format!("{}", range.from_ms * 1_000_000)),
        ("end", format!("{}", range.to_ms * 1_000_000)),
        ("limit", MOST.to_string()),
    ];
    let answer: Answer = lines.get("/loki/api/v1/query_range", &arguments)?;
    Ok(read(answer))
}

/// The values of a label of any stream.
pub(crate) fn label_values(
    lines: &Address,
    label: &str,
    range: Range,
) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Values {
        #[serde(default)]
        data: Vec<String>,
    }
    let arguments = [
        ("start", format!("{}", range.from_ms * 1_000_000)),
        ("end", format!("{}", range.to_ms * 1_000_000)),
    ];
    let path = format!("/loki/api/v1/label/{label}/values");
    Ok(lines.get::<Values>(&path, &arguments)?.data)
}

fn read(answer: Answer) -> Vec<Line> {
    let mut lines = Vec::new();
    for stream in answer.data.result {
        for entry in stream.values {
            let mut labels = stream.stream.clone();
            let (time, text) = match entry {
                Entry::Plain(plain) => plain,
                Entry::Described((time, text, metadata)) => {
                    labels.extend(described(&metadata));
                    (time, text)
                }
            };
            lines.push(Line {
                labels,
                unix_nanos: time.parse().unwrap_or(0),
                text,
            });
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.unix_nanos));
    lines
}

fn described(metadata: &serde_json::Value) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let objects = [
        metadata,
        &metadata["structuredMetadata"],
        &metadata["parsed"],
    ];
    for (name, value) in objects
        .into_iter()
        .filter_map(|one| one.as_object())
        .flatten()
    {
        if let Some(value) = value.as_str() {
            labels.insert(name.clone(), value.to_owned());
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::{Answer, read};

    #[test]
    fn metadata_is_a_label_wherever_it_stands() {
        let answers = [
            r#"{"data":{"result":[{"stream":{"service_name":"api","trace_id":"4bf9"},"values":[["5","line"]]}]}}"#,
            r#"{"data":{"result":[{"stream":{"service_name":"api"},"values":[["5","line",{"trace_id":"4bf9"}]]}]}}"#,
            r#"{"data":{"result":[{"stream":{"service_name":"api"},"values":[["5","line",{"structuredMetadata":{"trace_id":"4bf9"}}]]}]}}"#,
        ];
        for text in answers {
            let answer: Answer = serde_json::from_str(text).unwrap();
            let lines = read(answer);
            assert_eq!(lines[0].label("trace_id"), Some("4bf9"));
            assert_eq!(lines[0].label("service_name"), Some("api"));
            assert_eq!((lines[0].unix_nanos, lines[0].text.as_str()), (5, "line"));
        }
    }
}

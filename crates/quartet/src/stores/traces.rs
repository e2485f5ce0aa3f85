//! Spans: a trace by its id, traces by TraceQL, and numbers counted from spans, as Tempo answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use wire::otlp::{self, Span};

use super::http::{Address, Error, found};
use super::metrics::Series;
use crate::links::range::Range;

/// How many traces a search returns.
const MOST: usize = 50;

/// A trace that a search found, with the spans that matched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) trace_id: String,
    pub(crate) spans: Vec<FoundSpan>,
}

/// One span of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundSpan {
    pub(crate) span_id: String,
    pub(crate) seconds: f64,
}

/// An example of what a point was counted from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) trace_id: String,
    pub(crate) value: f64,
}

/// A series counted from spans.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) series: Series,
    pub(crate) exemplars: Vec<Exemplar>,
}

/// All spans of a trace; none if it is not there.
pub(crate) fn spans(traces: &Address, trace_id: &str) -> Result<Vec<Span>, Error> {
    let path = format!("/api/traces/{trace_id}");
    let Some(body) = found(traces.bytes(&path, "application/protobuf"))? else {
        return Ok(Vec::new());
    };
    // A trace is encoded as the export requests that it came in.
    otlp::decode(&body).map_err(|error| Error::Nonsense {
        url: format!("{}{path}", traces.base()),
        reason: error.to_string(),
    })
}

/// Traces that match TraceQL.
pub(crate) fn search(traces: &Address, query: &str, range: Range) -> Result<Vec<Found>, Error> {
    let arguments = [
        ("q", query.to_owned()),
        ("start", (range.from_ms / 1000).to_string()),
        ("end", (range.to_ms / 1000 + 1).to_string()),
        ("limit", MOST.to_string()),
        ("spss", "20".to_owned()),
    ];
    let answer: Searched = traces.get("/api/search", &arguments)?;
    Ok(answer.traces.into_iter().map(Found::from).collect())
}

/// Numbers counted from spans over a range, with exemplars.
pub(crate) fn count(
    traces: &Address,
    query: &str,
    range: Range,
    step_seconds: u64,
) -> Result<Vec<Counted>, Error> {
    let arguments = [
        ("q", query.to_owned()),
        ("start", (range.from_ms / 1000).to_string()),
        ("end", (range.to_ms / 1000).to_string()),
        ("step", format!("{step_seconds}s")),
        ("exemplars", "100".to_owned()),
    ];
    let answer: Numbers = traces.get("/api/metrics/query_range", &arguments)?;
    Ok(answer.series.into_iter().map(Counted::from).collect())
}

#[derive(Deserialize)]
struct Searched {
    #[serde(default)]
    traces: Vec<SearchedTrace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchedTrace {
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(default)]
    span_sets: Vec<SpanSet>,
}

#[derive(Deserialize)]
struct SpanSet {
    #[serde(default)]
    spans: Vec<SearchedSpan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchedSpan {
    #[serde(rename = "spanID")]
    span_id: String,
    #[serde(default)]
    duration_nanos: Option<Value>,
}

#[derive(Deserialize)]
struct Numbers {
    #[serde(default)]
    series: Vec<NumberSeries>,
}

#[derive(Deserialize)]
struct NumberSeries {
    #[serde(default)]
    labels: Vec<Pair>,
    #[serde(default)]
    samples: Vec<Sample>,
    #[serde(default)]
    exemplars: Vec<RawExemplar>,
}

#[derive(Deserialize)]
struct Pair {
    key: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    timestamp_ms: Value,
    // Protobuf's JSON leaves out a zero.
    #[serde(default)]
    value: f64,
}

#[derive(Deserialize)]
struct RawExemplar {
    #[serde(default)]
    labels: Vec<Pair>,
    #[serde(default)]
    value: f64,
}

impl From<SearchedTrace> for Found {
    fn from(trace: SearchedTrace) -> Self {
        let spans = trace.span_sets.into_iter().flat_map(|set| set.spans);
        Self {
            // Tempo leaves out zeroes at the start.
            trace_id: format!("{:0>32}", trace.trace_id),
            spans: spans
                .map(|span| FoundSpan {
                    span_id: format!("{:0>16}", span.span_id),
                    seconds: span.duration_nanos.as_ref().map_or(0.0, number) / 1e9,
                })
                .collect(),
        }
    }
}

impl From<NumberSeries> for Counted {
    fn from(series: NumberSeries) -> Self {
        let exemplars = series.exemplars.iter().filter_map(|exemplar| {
            let mut labels = exemplar.labels.iter();
            let trace = labels.find(|pair| pair.key == "trace:id" || pair.key == "traceID")?;
            Some(Exemplar {
                trace_id: format!("{:0>32}", plain(&trace.value)),
                value: exemplar.value,
            })
        });
        Self {
            exemplars: exemplars.collect(),
            series: Series {
                labels: series
                    .labels
                    .iter()
                    .map(|pair| (pair.key.clone(), plain(&pair.value)))
                    .collect::<BTreeMap<_, _>>(),
                points: series
                    .samples
                    .iter()
                    .map(|sample| (number(&sample.timestamp_ms) as i64, sample.value))
                    .collect(),
            },
        }
    }
}

/// Protobuf's JSON writes large integers as text.
fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap_or(0.0),
        value => value.as_f64().unwrap_or(0.0),
    }
}

/// A value of OTLP's JSON, such as `{"stringValue":"api"}`, as text.
fn plain(value: &Value) -> String {
    let inner = match value {
        Value::Object(fields) => fields.values().next(),
        value => Some(value),
    };
    match inner {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Found, Numbers, Searched};

    #[test]
    fn ids_are_whole_and_durations_seconds() {
        let answer: Searched = serde_json::from_str(
            r#"{"traces":[{"traceID":"bf92f3577b34da6a3ce929d0e0e4736","spanSets":[{"spans":[
                {"spanID":"f067aa0ba902b7","startTimeUnixNano":"1","durationNanos":"250000000"}],"matched":1}]}]}"#,
        )
        .unwrap();
        let found: Vec<Found> = answer.traces.into_iter().map(Found::from).collect();

        assert_eq!(found[0].trace_id, "0bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(found[0].spans[0].span_id, "00f067aa0ba902b7");
        assert_eq!(found[0].spans[0].seconds, 0.25);
    }

    #[test]
    fn a_number_counted_from_spans_names_one_of_them() {
        let answer: Numbers = serde_json::from_str(
            r#"{"series":[{"labels":[{"key":"p","value":{"doubleValue":0.99}},{"key":"span.http.route","value":{"stringValue":"/api/cpu"}}],
                "samples":[{"timestampMs":"1700000000000","value":0.3},{"timestampMs":"1700000010000"}],
                "exemplars":[{"labels":[{"key":"trace:id","value":{"stringValue":"4bf9"}}],"value":0.31,"timestampMs":"1700000000001"}]}]}"#,
        )
        .unwrap();
        let counted: Vec<Counted> = answer.series.into_iter().map(Counted::from).collect();

        assert_eq!(counted[0].series.label("span.http.route"), "/api/cpu");
        assert_eq!(counted[0].series.points[1], (1_700_000_010_000, 0.0));
        assert!(counted[0].exemplars[0].trace_id.ends_with("4bf9"));
    }
}

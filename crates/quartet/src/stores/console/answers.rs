//! The console's answers, and what they are in the words of the other stores.

use std::collections::BTreeMap;

use serde::Deserialize;
use wire::otlp::{self, Span, Status, Value};

use super::Said;
use crate::stores::flames::Flames;

#[derive(Deserialize)]
pub(super) struct Trace {
    spans: Vec<Placed>,
}

#[derive(Deserialize)]
struct Placed {
    span: Told,
}

/// A span.
#[derive(Deserialize)]
struct Told {
    trace_id: String,
    span_id: String,
    parent_span_id: Option<String>,
    name: String,
    kind: String,
    start_unix_nanos: u64,
    duration_nanos: u64,
    status: String,
    status_message: String,
    attributes: BTreeMap<String, serde_json::Value>,
    resource: BTreeMap<String, serde_json::Value>,
    scope: String,
}

impl Trace {
    pub(super) fn into_spans(self) -> Vec<Span> {
        let spans = self.spans.into_iter();
        spans.map(|placed| placed.span.into()).collect()
    }
}

impl From<Told> for Span {
    fn from(told: Told) -> Self {
        Self {
            trace_id: told.trace_id,
            span_id: told.span_id,
            parent_span_id: told.parent_span_id,
            trace_state: String::new(),
            flags: 0,
            name: told.name,
            kind: kind(&told.kind),
            start_unix_nanos: told.start_unix_nanos,
            end_unix_nanos: told.start_unix_nanos.saturating_add(told.duration_nanos),
            attributes: attributes(told.attributes),
            repeated_attributes: Vec::new(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: match told.status.as_str() {
                "ok" => Status::Ok,
                "error" => Status::Error(told.status_message),
                _ => Status::Unset,
            },
            resource: attributes(told.resource),
            scope: told.scope,
        }
    }
}

fn kind(word: &str) -> otlp::Kind {
    match word {
        "internal" => otlp::Kind::Internal,
        "server" => otlp::Kind::Server,
        "client" => otlp::Kind::Client,
        "producer" => otlp::Kind::Producer,
        "consumer" => otlp::Kind::Consumer,
        _ => otlp::Kind::Unspecified,
    }
}

fn attributes(told: BTreeMap<String, serde_json::Value>) -> otlp::Attributes {
    let told = told.into_iter();
    told.map(|(key, value)| (key, attribute(value))).collect()
}

fn attribute(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Bool(boolean) => Value::Boolean(boolean),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
        _ => Value::Empty,
    }
}

#[derive(Deserialize)]
pub(super) struct Traces {
    traces: Vec<Named>,
}

/// What says which trace it is or belongs to.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) trace_id: String,
}

impl Traces {
    pub(super) fn into_ids(self) -> Vec<String> {
        let traces = self.traces.into_iter();
        traces.map(|trace| trace.trace_id).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Lines {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    service: String,
    message: String,
    trace_id: Option<String>,
    is_sampled: Option<bool>,
}

impl Lines {
    pub(super) fn into_said(self) -> Vec<Said> {
        let lines = self.lines.into_iter().map(|line| Said {
            service: line.service,
            message: line.message,
            trace_id: line.trace_id,
            is_sampled: line.is_sampled.unwrap_or(false),
        });
        lines.collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Chart {
    series: Vec<Series>,
    pub(super) exemplars: Vec<Dot>,
}

#[derive(Deserialize)]
struct Series {
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    value: Option<f64>,
}

/// A request that was counted, and names its trace.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dot {
    pub(crate) trace_id: String,
    pub(crate) span_id: Option<String>,
    /// How long it took, in seconds.
    pub(crate) value: f64,
}

impl Chart {
    /// The newest value of its only line.
    pub(super) fn last(&self) -> Option<f64> {
        let points = self.series.first()?.points.iter().rev();
        points.filter_map(|point| point.value).next()
    }
}

#[derive(Deserialize)]
pub(super) struct Family {
    pub(super) series: usize,
}

#[derive(Deserialize)]
pub(super) struct FlameGraph {
    total: i64,
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    name: String,
    cost: Cost,
}

#[derive(Deserialize)]
struct Cost {
    total: i64,
}

impl FlameGraph {
    pub(super) fn into_flames(self) -> Flames {
        let mut functions = BTreeMap::new();
        // The first frame is all of it.
        for frame in self.frames.into_iter().skip(1) {
            *functions.entry(frame.name).or_insert(0) += frame.cost.total;
        }
        Flames {
            total: self.total,
            functions,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Map {
    pub(super) edges: Vec<Call>,
}

/// Calls from one node of the map to another.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) from: String,
    pub(crate) to: String,
    /// A trace with such a call.
    pub(crate) example_trace_id: Option<String>,
}

/// A service at a glance.
#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) name: String,
    signals: Vec<SignalStatus>,
}

#[derive(Deserialize)]
struct SignalStatus {
    signal: String,
    state: String,
    reason: String,
}

impl Summary {
    /// Why a signal does not come; none if it does.
    pub(super) fn missing(self, signal: &str) -> Option<String> {
        let mut signals = self.signals.into_iter();
        let status = signals.find(|status| status.signal == signal)?;
        (status.state != "live").then_some(status.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::{Chart, FlameGraph, Trace};

    #[test]
    fn a_span_is_one_of_the_other_stores() {
        let trace: Trace = serde_json::from_str(
            r#"{"spans":[{"depth":0,"span":{"trace_id":"4bf9","span_id":"00f0","parent_span_id":null,"service":"api",
                "name":"GET /","kind":"server","start_unix_nanos":5,"duration_nanos":7,"status":"error",
                "status_message":"boom","attributes":{"http.route":"/","n":3},"events":[],"links":[],
                "resource":{"service.name":"api"},"scope":"s","dropped":0}}]}"#,
        )
        .unwrap();

        let spans = trace.into_spans();

        assert_eq!(spans[0].service(), Some("api"));
        assert_eq!(spans[0].text("http.route"), Some("/"));
        assert_eq!(spans[0].integer("n"), Some(3));
        assert_eq!(spans[0].duration().as_nanos(), 7);
    }

    #[test]
    fn the_newest_value_of_a_chart_is_a_number() {
        let chart: Chart = serde_json::from_str(
            r#"{"series":[{"points":[{"value":1.0},{"value":2.5},{"value":null}]}],"exemplars":[]}"#,
        )
        .unwrap();

        assert_eq!(chart.last(), Some(2.5));
    }

    #[test]
    fn frames_add_up_by_function() {
        let graph: FlameGraph = serde_json::from_str(
            r#"{"total":9,"frames":[{"name":"all","cost":{"total":9,"own":0}},{"name":"f","cost":{"total":5,"own":5}},
                {"name":"g","cost":{"total":4,"own":0}},{"name":"f","cost":{"total":4,"own":4}}]}"#,
        )
        .unwrap();

        let flames = graph.into_flames();

        assert_eq!((flames.total, flames.of("f"), flames.of("all")), (9, 9, 0));
    }
}

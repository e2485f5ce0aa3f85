//! Flame graphs: of some series, or of one span of them, as Pyroscope answers Grafana.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Address, Error};
use crate::links::range::Range;

const SERVICE: &str = "/querier.v1.QuerierService";
/// As many as Grafana asks for where nothing is set.
const MOST_NODES: i64 = 16_384;

/// How long each function ran, in the unit of the profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Flames {
    pub(crate) total: i64,
    /// By function, those that it called included.
    pub(crate) functions: BTreeMap<String, i64>,
}

impl Flames {
    /// All functions whose name holds `part`, added up.
    pub(crate) fn of(&self, part: &str) -> i64 {
        let functions = self.functions.iter();
        functions
            .filter(|(name, _)| name.contains(part))
            .map(|(_, value)| value)
            .sum()
    }
}

#[derive(Deserialize)]
struct Answer {
    flamegraph: Option<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    levels: Vec<Level>,
    #[serde(default)]
    total: Value,
}

#[derive(Deserialize)]
struct Level {
    #[serde(default)]
    values: Vec<Value>,
}

/// What a span spent its time in; empty if no sample of it is there.
pub(crate) fn of_span(
    flames: &Address,
    profile_type: &str,
    labels: &str,
    span_id: &str,
    range: Range,
) -> Result<Flames, Error> {
    let mut body = body(profile_type, labels, range);
    body["spanSelector"] = json!([span_id]);
    let path = format!("{SERVICE}/SelectMergeSpanProfile");
    Ok(read(flames.post(&path, &body)?))
}

/// What all of some series spent their time in.
pub(crate) fn of_series(
    flames: &Address,
    profile_type: &str,
    labels: &str,
    range: Range,
) -> Result<Flames, Error> {
    let path = format!("{SERVICE}/SelectMergeStacktraces");
    Ok(read(
        flames.post(&path, &body(profile_type, labels, range))?,
    ))
}

fn body(profile_type: &str, labels: &str, range: Range) -> Value {
    json!({
        "profileTypeID": profile_type,
        "labelSelector": labels,
        "start": range.from_ms,
        "end": range.to_ms,
        "maxNodes": MOST_NODES,
    })
}

/// Each level is a row of bars, four numbers a bar: how far behind the bar before, width, own width, name.
fn read(answer: Answer) -> Flames {
    let Some(graph) = answer.flamegraph else {
        return Flames::default();
    };
    let mut functions = BTreeMap::new();
    // The first level is all of it.
    for level in graph.levels.iter().skip(1) {
        for bar in level.values.chunks_exact(4) {
            let name = usize::try_from(integer(&bar[3])).ok();
            if let Some(name) = name.and_then(|index| graph.names.get(index)) {
                *functions.entry(name.clone()).or_insert(0) += integer(&bar[1]);
            }
        }
    }
    Flames {
        total: integer(&graph.total),
        functions,
    }
}

/// Protobuf's JSON writes large integers as text.
fn integer(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.parse().unwrap_or(0),
        value => value.as_i64().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Flames, read};

    #[test]
    fn bars_are_functions() {
        let answer: Answer = serde_json::from_str(
            r#"{"flamegraph":{"names":["total","main","api::demo::burn","idle"],"levels":[
                {"values":["0","100","0","0"]},{"values":["0","100","10","1"]},
                {"values":["0","60","60","2","0","30","30","3"]}],"total":"100","maxSelf":"60"}}"#,
        )
        .unwrap();

        let flames = read(answer);

        assert_eq!((flames.total, flames.of("burn")), (100, 60));
        assert_eq!(flames.functions["main"], 100);
    }

    #[test]
    fn no_sample_is_an_empty_graph() {
        let answer: Answer = serde_json::from_str("{}").unwrap();

        assert_eq!(read(answer), Flames::default());
    }
}

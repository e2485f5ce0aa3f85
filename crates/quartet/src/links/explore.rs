//! Addresses of Explore, read back into the queries they open.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::range::Range;
use super::{Error, Query};

#[derive(Debug, Deserialize)]
struct Pane {
    #[serde(default)]
    datasource: String,
    #[serde(default)]
    queries: Vec<Map<String, Value>>,
    range: Option<Times>,
}

#[derive(Debug, Deserialize)]
struct Times {
    from: Text,
    to: Text,
}

/// Grafana writes milliseconds as text, and reads them as numbers too.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Number(i64),
}

/// All queries of all panes; an address without a range means the last hour.
pub(crate) fn queries(url: &str, now_ms: i64) -> Result<Vec<Query>, Error> {
    let wrong = |reason: String| Error::Explore {
        url: url.to_owned(),
        reason,
    };
    let (path, arguments) = url
        .split_once('?')
        .ok_or_else(|| wrong("it has no arguments".to_owned()))?;
    if !path.ends_with("/explore") {
        return Err(wrong(format!("the path is {path}")));
    }
    let arguments: BTreeMap<_, _> = form_urlencoded::parse(arguments.as_bytes()).collect();
    let panes: Vec<Pane> = if let Some(panes) = arguments.get("panes") {
        let panes: BTreeMap<String, Pane> =
            serde_json::from_str(panes).map_err(|error| wrong(format!("panes: {error}")))?;
        panes.into_values().collect()
    } else if let Some(left) = arguments.get("left") {
        vec![serde_json::from_str(left).map_err(|error| wrong(format!("left: {error}")))?]
    } else {
        return Err(wrong("it has no panes".to_owned()));
    };
    let mut queries = Vec::new();
    for pane in panes {
        let range = match &pane.range {
            Some(Times { from, to }) => Range::parse(&from.text(), &to.text(), now_ms)?,
            None => Range::parse("now-1h", "now", now_ms)?,
        };
        for query in &pane.queries {
            queries.push(Query {
                source: uid(query).unwrap_or(&pane.datasource).to_owned(),
                text: text(query).ok_or_else(|| wrong("a query has no text".to_owned()))?,
                range,
            });
        }
    }
    match queries.is_empty() {
        true => Err(wrong("it has no query".to_owned())),
        false => Ok(queries),
    }
}

impl Text {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The data source that a query names itself.
pub(crate) fn uid(query: &Map<String, Value>) -> Option<&str> {
    match query.get("datasource")? {
        Value::String(uid) => Some(uid),
        source => source.get("uid")?.as_str(),
    }
}

/// A query in the language of its data source: `expr` of metrics and logs, `query` of traces.
pub(crate) fn text(query: &Map<String, Value>) -> Option<String> {
    if let Some(text) = query
        .get("expr")
        .or(query.get("query"))
        .and_then(Value::as_str)
        && !text.is_empty()
    {
        return Some(text.to_owned());
    }
    filters(query.get("filters")?.as_array()?)
}

/// The search form of traces as TraceQL, such as `{resource.service.name="api"}`.
fn filters(filters: &[Value]) -> Option<String> {
    let conditions: Option<Vec<_>> = filters
        .iter()
        .map(|filter| {
            let part = |name: &str| filter.get(name).and_then(Value::as_str);
            let value = match filter.get("value")? {
                Value::Array(values) => values.first()?.as_str()?.to_owned(),
                value => value.as_str()?.to_owned(),
            };
            let value = match part("valueType") {
                Some("string") => format!("\"{value}\""),
                _ => value,
            };
            // What every span has by itself stands under no scope.
            let name = match (part("scope"), part("tag")?) {
                (_, tag @ ("name" | "status" | "kind" | "duration")) => tag.to_owned(),
                (Some(scope), tag) => format!("{scope}.{tag}"),
                (None, tag) => format!(".{tag}"),
            };
            Some(format!("{name}{}{value}", part("operator")?))
        })
        .collect();
    Some(format!("{{{}}}", conditions?.join(" && ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{queries, text};

    fn address(name: &str, value: serde_json::Value) -> String {
        let encoded: String =
            form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect();
        format!("/explore?schemaVersion=1&{name}={encoded}&orgId=1")
    }

    #[test]
    fn both_generations_of_addresses_are_read() {
        let pane = json!({
            "datasource": "traces",
            "queries": [{ "refId": "A", "queryType": "traceql", "query": "{duration > 1s}" }],
            "range": { "from": "1000", "to": 2000 },
        });
        for url in [
            address("panes", json!({ "a": pane })),
            address("left", pane.clone()),
            format!("https://grafana.example{}", address("left", pane)),
        ] {
            let queries = queries(&url, 0).unwrap();
            let [query] = queries.as_slice() else {
                panic!("{queries:?}")
            };
            assert_eq!(
                (query.source.as_str(), query.text.as_str()),
                ("traces", "{duration > 1s}")
            );
            assert_eq!((query.range.from_ms, query.range.to_ms), (1000, 2000));
        }
    }

    #[test]
    fn a_search_form_is_a_query() {
        let query = json!({ "queryType": "traceqlSearch", "filters": [
            { "scope": "resource", "tag": "service.name", "operator": "=", "value": "api", "valueType": "string" },
            { "scope": "span", "tag": "name", "operator": "=", "value": "GET /", "valueType": "string" },
            { "tag": "duration", "operator": ">", "value": "1s", "valueType": "duration" },
        ]});

        assert_eq!(
            text(query.as_object().unwrap()).unwrap(),
            "{resource.service.name=\"api\" && name=\"GET /\" && duration>1s}"
        );
    }

    #[test]
    fn what_opens_nothing_is_an_error() {
        let empty = address("panes", json!({ "a": { "queries": [] } }));
        for url in [
            "/explore",
            "/d/services?left={}",
            "/explore?left={",
            "/explore?x=1",
            &empty,
        ] {
            assert!(queries(url, 0).is_err(), "{url}");
        }
    }
}

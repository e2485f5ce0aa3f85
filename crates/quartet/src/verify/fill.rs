//! Values for the variables of a dashboard, and for what Grafana computes from range and width.

use std::time::Duration;

use serde_json::{Value, json};

use super::place::{Place, elements};
use crate::links::range::Range;
use crate::links::template::{Format, Scope, rendered};
use crate::stores::metrics;

/// How far back the panels look.
pub(crate) const SHOWN: Duration = Duration::from_secs(300);
/// Where no interval is set, as Grafana.
const INTERVAL_SECONDS: u64 = 15;

/// The step of a query, and what is filled in for `$__rate_interval` and the like.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    pub(crate) step_seconds: u64,
    scope: Scope,
}

impl Steps {
    /// As the data source of metrics is set to scrape.
    pub(crate) fn of(place: &Place, range: Range) -> Self {
        let metrics = place.sources.of_kind("prometheus");
        let interval = metrics.and_then(|source| source.settings.get("timeInterval")?.as_str());
        let seconds = interval.and_then(seconds).unwrap_or(INTERVAL_SECONDS);
        let shown = u64::try_from((range.to_ms - range.from_ms) / 1000)
            .unwrap_or(0)
            .max(1);
        let values = json!({
            "__interval": format!("{seconds}s"),
            "__interval_ms": seconds * 1000,
            "__auto": format!("{seconds}s"),
            // At least four scrapes, so that a lost one leaves no gap.
            "__rate_interval": format!("{}s", (seconds * 4).max(seconds * 2)),
            "__rate_interval_ms": seconds * 4000,
            "__range": format!("{shown}s"),
            "__range_s": shown,
            "__range_ms": shown * 1000,
        });
        Self {
            step_seconds: seconds,
            scope: values.as_object().cloned().unwrap_or_default(),
        }
    }

    /// A query with all of it filled in, as far as it is known.
    pub(crate) fn fill(&self, query: &str, variables: &Scope) -> String {
        let mut scope = variables.clone();
        scope.extend(self.scope.clone());
        rendered(query, &scope, Format::Glob).0
    }
}

/// Every variable of a dashboard: what `chosen` says, else its default for all, else the first value it has.
pub(crate) fn variables(
    place: &Place,
    dashboard: &Value,
    chosen: &[(&str, &str)],
    range: Range,
) -> Scope {
    let mut scope = Scope::new();
    for variable in elements(&dashboard["templating"]["list"]) {
        let Some(name) = variable["name"].as_str() else {
            continue;
        };
        let value = match chosen.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => json!(value),
            None => default(place, variable, &scope, range),
        };
        scope.insert(name.to_owned(), value);
    }
    scope
}

fn default(place: &Place, variable: &Value, known: &Scope, range: Range) -> Value {
    let everything = variable["includeAll"] == true;
    if let Some(all) = variable["allValue"]
        .as_str()
        .filter(|all| everything && !all.is_empty())
    {
        return json!(all);
    }
    let query = match &variable["query"] {
        Value::String(query) => query.clone(),
        query => query["query"].as_str().unwrap_or_default().to_owned(),
    };
    if variable["type"] != "query" {
        let current = &variable["current"]["value"];
        return if current.is_null() {
            json!(query)
        } else {
            current.clone()
        };
    }
    let values = label_values(place, &rendered(&query, known, Format::Glob).0, range);
    match everything {
        true => json!(values),
        false => json!(values.first()),
    }
}

/// The answer to `label_values(selector, label)`.
fn label_values(place: &Place, query: &str, range: Range) -> Vec<String> {
    let inside = query
        .trim()
        .strip_prefix("label_values(")
        .and_then(|rest| rest.strip_suffix(')'));
    let Some((selector, label)) = inside.and_then(|inside| inside.rsplit_once(',')) else {
        return Vec::new();
    };
    metrics::label_values(&place.stores.metrics, selector.trim(), label.trim(), range)
        .unwrap_or_default()
}

fn seconds(interval: &str) -> Option<u64> {
    interval
        .strip_suffix('s')?
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
}

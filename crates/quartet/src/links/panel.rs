//! Metric → trace: data links of panels, followed from one point.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::explore;
use super::range::Range;
use super::source::Sources;
use super::template::{Format, Scope, rendered};
use super::{Error, Query};

/// A point that somebody clicks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// Labels of its series.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
    pub(crate) time_ms: i64,
    /// The other fields of its row, where the panel is a table.
    pub(crate) fields: Map<String, Value>,
}

/// All data links of a panel: those of all its fields, and those of some.
pub(crate) fn links(panel: &Value) -> Vec<&Value> {
    let config = &panel["fieldConfig"];
    let overrides = config["overrides"].as_array().into_iter().flatten();
    let properties = overrides.flat_map(|one| one["properties"].as_array().into_iter().flatten());
    let of_some = properties
        .filter(|property| property["id"] == "links")
        .filter_map(|property| property["value"].as_array());
    let of_all = config["defaults"]["links"].as_array();
    of_all.into_iter().chain(of_some).flatten().collect()
}

/// What a data link asks when it is followed from `point`, with the dashboard's `variables` and range.
pub(crate) fn follow(
    link: &Value,
    point: &Point,
    variables: &Scope,
    shown: Range,
    sources: &Sources,
) -> Result<Vec<Query>, Error> {
    let scope = scope(point, variables, shown);
    if let Some(internal) = link["internal"].as_object() {
        return internal_queries(internal, &scope, shown);
    }
    let template = link["url"].as_str().unwrap_or_default();
    let (url, unknown) = rendered(template, &scope, Format::UriEncode);
    if !unknown.is_empty() {
        return Err(Error::Unknown {
            template: template.to_owned(),
            names: unknown,
        });
    }
    let queries = explore::queries(&url, shown.to_ms)?;
    match queries
        .iter()
        .find(|query| sources.by_uid(&query.source).is_none())
    {
        Some(query) => Err(Error::Explore {
            url,
            reason: format!("there is no data source {}", query.source),
        }),
        None => Ok(queries),
    }
}

fn internal_queries(
    internal: &Map<String, Value>,
    scope: &Scope,
    shown: Range,
) -> Result<Vec<Query>, Error> {
    let wrong = |reason: &str| Error::Explore {
        url: Value::Object(internal.clone()).to_string(),
        reason: reason.to_owned(),
    };
    let query = internal.get("query").and_then(Value::as_object);
    let text = query
        .and_then(explore::text)
        .ok_or_else(|| wrong("its query has no text"))?;
    let source = internal
        .get("datasourceUid")
        .and_then(Value::as_str)
        .ok_or_else(|| wrong("it names no data source"))?;
    Ok(vec![Query {
        source: source.to_owned(),
        text: super::template::render(&text, scope, Format::Glob)?,
        range: shown,
    }])
}

fn scope(point: &Point, variables: &Scope, shown: Range) -> Scope {
    let mut scope = variables.clone();
    let name = point.labels.values().cloned().collect::<Vec<_>>().join(" ");
    let all = variables
        .keys()
        .map(|name| format!("${{{name}:queryparam}}"));
    let (all, _) = rendered(&all.collect::<Vec<_>>().join("&"), variables, Format::Glob);
    let macros = json!({
        "__field": { "name": name, "displayName": name, "labels": point.labels },
        "__series": { "name": name },
        "__value": {
            "raw": point.value,
            "numeric": point.value,
            "text": point.value.to_string(),
            "time": point.time_ms,
        },
        "__data": { "fields": point.fields },
        "__from": shown.from_ms,
        "__to": shown.to_ms,
        "__url_time_range": format!("from={}&to={}", shown.from_ms, shown.to_ms),
        "__all_variables": all,
    });
    if let Value::Object(macros) = macros {
        scope.extend(macros);
    }
    scope
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, json};

    use super::{Point, follow, links};
    use crate::links::range::Range;
    use crate::links::source::{Source, Sources};
    use crate::links::template::Scope;

    fn point() -> Point {
        let labels = [("http_route", "/api/items/{id}"), ("service_name", "api")];
        Point {
            labels: BTreeMap::from(labels.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            value: 0.25,
            time_ms: 1_700_000_000_000,
            fields: Map::new(),
        }
    }

    fn follow_one(link: serde_json::Value) -> Result<String, String> {
        let traces: Source =
            serde_json::from_value(json!({ "uid": "traces", "type": "tempo" })).unwrap();
        let variables = Scope::from_iter([("service".to_owned(), json!("api"))]);
        let shown = Range {
            from_ms: 1,
            to_ms: 2,
        };
        let queries = follow(&link, &point(), &variables, shown, &Sources(vec![traces]));
        let queries = queries.map_err(|error| error.to_string())?;
        Ok(queries.into_iter().map(|query| query.text).collect())
    }

    #[test]
    fn an_address_is_rendered_from_the_point() {
        let panes = concat!(
            r#"{"a":{"datasource":"traces","queries":[{"query":"{span.http.route=\"${__field.labels.http_route}\" "#,
            r#"&& resource.service.name=\"$service\" && duration>=${__value.raw}s}"}],"#,
            r#""range":{"from":"$__from","to":"$__to"}}}"#,
        );
        // As the generator of the dashboard writes it: its own part encoded, its variables not.
        let encoded = panes
            .replace('&', "%26")
            .replace('"', "%22")
            .replace('\\', "%5C");
        let link = json!({ "url": format!("/explore?schemaVersion=1&panes={encoded}") });

        assert_eq!(
            follow_one(link).unwrap(),
            "{span.http.route=\"/api/items/{id}\" && resource.service.name=\"api\" && duration>=0.25s}"
        );
    }

    #[test]
    fn a_query_inside_is_rendered_as_it_is() {
        let link = json!({ "internal": {
            "datasourceUid": "traces",
            "query": { "query": "{span.http.route=\"${__field.labels.http_route}\"}" },
        }});

        assert_eq!(
            follow_one(link).unwrap(),
            "{span.http.route=\"/api/items/{id}\"}"
        );
    }

    #[test]
    fn a_label_that_the_series_lacks_is_told() {
        let link = json!({ "url": "/explore?left={}&x=${__field.labels.nobody}" });

        let error = follow_one(link).unwrap_err();

        assert!(error.contains("${__field.labels.nobody}"), "{error}");
    }

    #[test]
    fn links_of_some_fields_count() {
        let panel = json!({ "fieldConfig": {
            "defaults": { "links": [{ "title": "a" }] },
            "overrides": [{ "properties": [
                { "id": "unit", "value": "s" },
                { "id": "links", "value": [{ "title": "b" }] },
            ]}],
        }});

        let titles: Vec<_> = links(&panel)
            .iter()
            .map(|link| link["title"].clone())
            .collect();

        assert_eq!(titles, ["a", "b"]);
    }
}

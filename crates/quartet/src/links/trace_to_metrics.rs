//! Trace → metrics: `tracesToMetrics` of the data source of traces.

use serde::Deserialize;
use wire::otlp::Span;

use super::range::{Range, Shift};
use super::source::{Source, Sources};
use super::span::{DEFAULT_TAGS, scope, tags};
use super::template::{Format, rendered};
use super::{Error, Query, Tag};

const SETTING: &str = "tracesToMetrics";
/// How far the range reaches beyond the span where nothing is set.
const TWO_MINUTES_MS: i64 = 120_000;
/// Explore fills these in later, from its range and its width.
const LATER: [&str; 6] = [
    "__interval",
    "__interval_ms",
    "__rate_interval",
    "__rate_interval_ms",
    "__range",
    "__range_s",
];

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    datasource_uid: String,
    tags: Vec<Tag>,
    queries: Vec<Named>,
    span_start_time_shift: Shift,
    span_end_time_shift: Shift,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Named {
    name: String,
    query: String,
}

/// Each query that a span offers, by its name, as PromQL.
pub(crate) fn queries(
    sources: &Sources,
    traces: &Source,
    span: &Span,
) -> Result<Vec<(String, Query)>, Error> {
    let settings: Settings = traces.setting(SETTING)?;
    let metrics = sources.target(traces, &settings.datasource_uid, SETTING, "prometheus")?;
    let mapped = tags(span, &settings.tags, DEFAULT_TAGS);
    let shift = (
        settings
            .span_start_time_shift
            .millis()
            .unwrap_or(-TWO_MINUTES_MS),
        settings
            .span_end_time_shift
            .millis()
            .unwrap_or(TWO_MINUTES_MS),
    );
    let range = Range::of_span(span.start_unix_nanos, span.end_unix_nanos, shift);
    let mut queries = Vec::new();
    for named in settings.queries {
        let mapped = match named.query.contains("__tags") {
            true => mapped.as_ref().map_err(|error| Error::Invalid {
                uid: traces.uid.clone(),
                setting: SETTING,
                reason: error.to_string(),
            })?,
            false => "",
        };
        let (text, unknown) = rendered(&named.query, &scope(span, mapped), Format::Glob);
        let unknown: Vec<_> = unknown.into_iter().filter(|name| !is_later(name)).collect();
        if !unknown.is_empty() {
            return Err(Error::Unknown {
                template: named.query,
                names: unknown,
            });
        }
        let source = metrics.uid.clone();
        queries.push((
            named.name,
            Query {
                source,
                text,
                range,
            },
        ));
    }
    Ok(queries)
}

/// Whether a name is filled in by whoever shows the result.
pub(crate) fn is_later(variable: &str) -> bool {
    let name = variable
        .trim_start_matches(['$', '{'])
        .trim_end_matches('}');
    LATER.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::source::{Source, Sources};
    use super::super::span::tests::request;
    use super::super::{Error, Query};
    use super::queries;

    fn asked(settings: Value) -> Result<Vec<(String, Query)>, Error> {
        let source = |value| serde_json::from_value::<Source>(value).unwrap();
        let traces = source(json!({
            "uid": "traces", "type": "tempo", "jsonData": { "tracesToMetrics": settings },
        }));
        let metrics = source(json!({ "uid": "metrics", "type": "prometheus" }));
        queries(&Sources(vec![metrics]), &traces, &request())
    }

    #[test]
    fn each_query_is_rendered_and_what_explore_fills_in_stays() {
        let queries = asked(json!({
            "datasourceUid": "metrics",
            "tags": [
                { "key": "service.name", "value": "service_name" },
                { "key": "http.route", "value": "http_route" },
            ],
            "queries": [{ "name": "Rate", "query": "sum(rate(x{$__tags}[$__rate_interval]))" }],
        }))
        .unwrap();

        let [(name, query)] = queries.as_slice() else {
            panic!("{queries:?}");
        };
        assert_eq!(name, "Rate");
        assert_eq!(
            query.text,
            "sum(rate(x{service_name=\"api\", http_route=\"/api/items/{id}\"}[$__rate_interval]))"
        );
        assert_eq!(query.range.from_ms, 1_700_000_000_123 - 120_000);
        assert_eq!(query.range.to_ms, 1_700_000_000_623 + 120_000);
    }

    #[test]
    fn a_name_that_was_eaten_is_told() {
        let error = asked(json!({
            "datasourceUid": "metrics",
            "queries": [{ "query": "x{a=\"${__span.tags[\"gone\"]}\"}" }],
        }));

        assert!(matches!(error, Err(Error::Unknown { .. })), "{error:?}");
    }
}

//! Trace → logs: `tracesToLogsV2` of the data source of traces.

use serde::Deserialize;
use wire::otlp::Span;

use super::range::{Range, Shift};
use super::source::{Source, Sources};
use super::span::{DEFAULT_TAGS, scope, tags};
use super::template::{Format, render};
use super::{Error, Query, Tag};

const SETTING: &str = "tracesToLogsV2";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Settings {
    datasource_uid: String,
    tags: Vec<Tag>,
    #[serde(rename = "filterByTraceID")]
    filter_by_trace_id: bool,
    #[serde(rename = "filterBySpanID")]
    filter_by_span_id: bool,
    custom_query: bool,
    query: String,
    span_start_time_shift: Shift,
    span_end_time_shift: Shift,
}

/// The lines of a span's trace, as LogQL.
pub(crate) fn query(sources: &Sources, traces: &Source, span: &Span) -> Result<Query, Error> {
    let settings: Settings = traces.setting(SETTING)?;
    let logs = sources.target(traces, &settings.datasource_uid, SETTING, "loki")?;
    let mapped = tags(span, &settings.tags, DEFAULT_TAGS);
    let template = match settings.custom_query && !settings.query.is_empty() {
        true => settings.query.clone(),
        false => default(&settings),
    };
    // A query of one's own need not use them.
    let mapped = match template.contains("__tags") {
        true => mapped?,
        false => mapped.unwrap_or_default(),
    };
    let shift = (
        settings.span_start_time_shift.millis().unwrap_or(0),
        settings.span_end_time_shift.millis().unwrap_or(0),
    );
    Ok(Query {
        source: logs.uid.clone(),
        text: render(&template, &scope(span, &mapped), Format::Glob)?,
        range: Range::of_span(span.start_unix_nanos, span.end_unix_nanos, shift),
    })
}

/// What Grafana asks where no query is set: lines that hold the id anywhere, or have it as a label.
fn default(settings: &Settings) -> String {
    let mut query = "{${__tags}}".to_owned();
    for (wanted, name, value) in [
        (settings.filter_by_trace_id, "trace_id", "${__span.traceId}"),
        (settings.filter_by_span_id, "span_id", "${__span.spanId}"),
    ] {
        if wanted {
            query.push_str(&format!(
                " | label_format log_line_contains_{name}=`{{{{ contains \"{value}\" __line__  }}}}` \
                 | log_line_contains_{name}=\"true\" OR {name}=\"{value}\""
            ));
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::source::{Source, Sources};
    use super::super::span::tests::request;
    use super::super::{Error, Query};
    use super::query;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn asked(settings: Value) -> Result<Query, Error> {
        let source = |value| serde_json::from_value::<Source>(value).unwrap();
        let traces = source(json!({
            "uid": "traces", "type": "tempo", "jsonData": { "tracesToLogsV2": settings },
        }));
        let logs = source(json!({ "uid": "logs", "type": "loki" }));
        let metrics = source(json!({ "uid": "metrics", "type": "prometheus" }));
        query(&Sources(vec![logs, metrics]), &traces, &request())
    }

    #[test]
    fn a_query_of_ones_own_is_rendered_in_its_range() {
        let query = asked(json!({
            "datasourceUid": "logs",
            "customQuery": true,
            "tags": [{ "key": "service.name", "value": "service_name" }],
            "query": "{${__tags}} | trace_id=\"${__span.traceId}\"",
            "spanStartTimeShift": "-1m",
            "spanEndTimeShift": "30s",
        }))
        .unwrap();

        assert_eq!(query.source, "logs");
        assert_eq!(
            query.text,
            format!("{{service_name=\"api\"}} | trace_id=\"{TRACE}\"")
        );
        assert_eq!(query.range.from_ms, 1_700_000_000_123 - 60_000);
        assert_eq!(query.range.to_ms, 1_700_000_000_623 + 30_000);
    }

    #[test]
    fn without_one_the_id_is_looked_for_in_line_and_labels() {
        let query = asked(json!({ "datasourceUid": "logs", "filterByTraceID": true })).unwrap();

        assert_eq!(
            query.text,
            format!(
                "{{service_name=\"api\"}} | label_format log_line_contains_trace_id=`{{{{ contains \"{TRACE}\" __line__  }}}}` \
                 | log_line_contains_trace_id=\"true\" OR trace_id=\"{TRACE}\""
            )
        );
        assert_eq!(query.range.to_ms - query.range.from_ms, 500);
    }

    #[test]
    fn what_would_show_no_link_is_an_error() {
        let cases = [
            (
                json!({ "datasourceUid": "nobody" }),
                "there is no data source nobody",
            ),
            (
                json!({ "datasourceUid": "metrics" }),
                "of kind prometheus, not loki",
            ),
            (
                json!({ "datasourceUid": "logs", "tags": [{ "key": "pod" }] }),
                "none of the tags pod",
            ),
            (
                json!({ "datasourceUid": "logs", "customQuery": true, "query": "{a=\"${__span.tags.b}\"}" }),
                "nothing is known of ${__span.tags.b}",
            ),
            (json!({ "datasourceUid": 7 }), "not valid"),
        ];
        for (settings, reason) in cases {
            let error = asked(settings).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}

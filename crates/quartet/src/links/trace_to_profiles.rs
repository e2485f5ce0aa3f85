//! Trace → profile: `tracesToProfiles` of the data source of traces, and the flame graph inside a span.

use serde::Deserialize;
use wire::otlp::Span;

use super::range::Range;
use super::source::{Source, Sources};
use super::span::{DEFAULT_PROFILE_TAGS, scope, tags};
use super::template::{Format, render};
use super::{Error, Tag};

const SETTING: &str = "tracesToProfiles";
/// A span without it has no link.
const PROFILE_ID: &str = "pyroscope.profile.id";
/// How far the range reaches beyond the span: a profile spans ten seconds.
const AROUND_MS: i64 = 30_000;

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    datasource_uid: String,
    tags: Vec<Tag>,
    profile_type_id: String,
    custom_query: bool,
    query: String,
}

/// The flame graph of one span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FlameQuery {
    /// The uid of the data source.
    pub(crate) source: String,
    pub(crate) profile_type: String,
    /// Which series, as a selector of labels.
    pub(crate) labels: String,
    /// Which samples of them.
    pub(crate) span_id: String,
    pub(crate) range: Range,
}

/// What Grafana asks Pyroscope for when a span is opened.
pub(crate) fn query(sources: &Sources, traces: &Source, span: &Span) -> Result<FlameQuery, Error> {
    let settings: Settings = traces.setting(SETTING)?;
    let kind = "grafana-pyroscope-datasource";
    let profiles = sources.target(traces, &settings.datasource_uid, SETTING, kind)?;
    let span_id = span.text(PROFILE_ID).ok_or_else(|| Error::Attribute {
        span: span.name.clone(),
        attribute: PROFILE_ID,
    })?;
    let mapped = tags(span, &settings.tags, DEFAULT_PROFILE_TAGS)?;
    let labels = match settings.custom_query && !settings.query.is_empty() {
        true => render(&settings.query, &scope(span, &mapped), Format::Glob)?,
        false => format!("{{{mapped}}}"),
    };
    if settings.profile_type_id.is_empty() {
        return Err(Error::Setting {
            uid: traces.uid.clone(),
            setting: "tracesToProfiles.profileTypeId",
        });
    }
    Ok(FlameQuery {
        source: profiles.uid.clone(),
        profile_type: settings.profile_type_id,
        labels,
        span_id: span_id.to_owned(),
        range: Range::of_span(
            span.start_unix_nanos,
            span.end_unix_nanos,
            (-AROUND_MS, AROUND_MS),
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wire::otlp::Span;

    use super::super::Error;
    use super::super::source::{Source, Sources};
    use super::super::span::tests::request;
    use super::{FlameQuery, query};

    fn asked(setting: &str, settings: Value, span: &Span) -> Result<FlameQuery, Error> {
        let source = |value| serde_json::from_value::<Source>(value).unwrap();
        let traces = source(json!({
            "uid": "traces", "type": "tempo", "jsonData": { setting: settings },
        }));
        let profiles = json!({ "uid": "profiles", "type": "grafana-pyroscope-datasource" });
        query(&Sources(vec![source(profiles)]), &traces, span)
    }

    fn settings() -> Value {
        json!({
            "datasourceUid": "profiles",
            "profileTypeId": "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            "tags": [{ "key": "service.name", "value": "service_name" }],
        })
    }

    #[test]
    fn a_span_is_asked_for_by_its_own_id() {
        let flames = asked("tracesToProfiles", settings(), &request()).unwrap();

        assert_eq!(flames.labels, "{service_name=\"api\"}");
        assert_eq!(flames.span_id, "00f067aa0ba902b7");
        assert_eq!(flames.range.to_ms - flames.range.from_ms, 60_500);
    }

    #[test]
    fn a_namespace_is_mapped_unless_tags_are_set() {
        let mut span = request();
        span.resource
            .insert("service.namespace".to_owned(), "shop".into());
        let mut settings = settings();
        settings["tags"] = json!([]);

        let flames = asked("tracesToProfiles", settings, &span).unwrap();

        assert_eq!(
            flames.labels,
            "{service_name=\"api\", service_namespace=\"shop\"}"
        );
    }

    #[test]
    fn what_would_show_no_flame_graph_is_an_error() {
        let mut plain = request();
        plain.attributes.remove("pyroscope.profile.id");

        let wrong_key = asked("tracesToProfilesV2", settings(), &request());
        let no_samples = asked("tracesToProfiles", settings(), &plain);

        assert!(matches!(wrong_key, Err(Error::Setting { .. })));
        assert!(matches!(no_samples, Err(Error::Attribute { .. })));
    }
}

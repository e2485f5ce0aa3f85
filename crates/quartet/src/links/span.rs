//! A span as templates see it: `__span`, `__trace` and `__tags`.

use serde_json::{Map, Value, json};
use wire::otlp::{self, Span};

use super::template::Scope;
use super::{Error, Tag};

/// Tags that are mapped where a link names none. Only the first dot becomes an underscore.
pub(crate) const DEFAULT_TAGS: &[(&str, &str)] = &[
    ("cluster", "cluster"),
    ("hostname", "hostname"),
    ("namespace", "namespace"),
    ("pod", "pod"),
    ("service.name", "service_name"),
    ("service.namespace", "service_namespace"),
];

/// The same of links to profiles.
pub(crate) const DEFAULT_PROFILE_TAGS: &[(&str, &str)] = &[
    ("service.name", "service_name"),
    ("service.namespace", "service_namespace"),
];

/// What templates of links of a span may name, with `tags` as `__tags`.
pub(crate) fn scope(span: &Span, tags: &str) -> Scope {
    let mut attributes = Map::new();
    // Of a key that both have, the span's own value stands.
    for (key, value) in span.resource.iter().chain(&span.attributes) {
        attributes.insert(key.clone(), json(value));
    }
    let scope = json!({
        "__span": {
            "spanId": span.span_id,
            "traceId": span.trace_id,
            "name": span.name,
            "duration": micros(span),
            "tags": attributes,
        },
        "__trace": { "traceId": span.trace_id },
        "__tags": tags,
    });
    match scope {
        Value::Object(scope) => scope,
        _ => Map::new(),
    }
}

/// `label="value"` for each mapped tag that the span or its resource has; values are not escaped.
///
/// # Errors
/// [`Error::NoTags`] if there is none, where Grafana shows no link.
pub(crate) fn tags(span: &Span, wanted: &[Tag], default: &[(&str, &str)]) -> Result<String, Error> {
    let defaults: Vec<Tag>;
    let wanted = match wanted.is_empty() {
        false => wanted,
        true => {
            defaults = default
                .iter()
                .map(|(key, label)| Tag {
                    key: (*key).to_owned(),
                    value: Some((*label).to_owned()),
                })
                .collect();
            &defaults
        }
    };
    let attributes = span.resource.iter().chain(&span.attributes);
    let own = [
        ("spanId", span.span_id.clone()),
        ("traceId", span.trace_id.clone()),
        ("name", span.name.clone()),
        ("duration", micros(span).to_string()),
    ];
    let all = attributes
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .chain(own);
    let matchers: Vec<_> = all
        .filter_map(|(key, value)| {
            let tag = wanted.iter().find(|tag| tag.key == key)?;
            let label = tag.value.as_deref().filter(|label| !label.is_empty());
            Some(format!("{}=\"{value}\"", label.unwrap_or(key)))
        })
        .collect();
    match matchers.is_empty() {
        true => Err(Error::NoTags(
            wanted.iter().map(|tag| tag.key.clone()).collect(),
        )),
        false => Ok(matchers.join(", ")),
    }
}

fn micros(span: &Span) -> u64 {
    span.end_unix_nanos.saturating_sub(span.start_unix_nanos) / 1000
}

fn json(value: &otlp::Value) -> Value {
    match value {
        otlp::Value::Integer(integer) => json!(integer),
        otlp::Value::Real(real) => json!(real),
        otlp::Value::Boolean(boolean) => json!(boolean),
        value => json!(value.to_string()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wire::otlp::{Attributes, Kind, Span, Status};

    use super::{DEFAULT_TAGS, scope, tags};
    use crate::links::{Error, Tag};

    /// A request for an item, half a second long.
    pub(crate) fn request() -> Span {
        let resource = [("service.name", "api"), ("service.version", "1")];
        let attributes = [
            ("http.route", "/api/items/{id}"),
            ("http.request.method", "GET"),
            ("pyroscope.profile.id", "00f067aa0ba902b7"),
        ];
        let texts = |pairs: &[(&str, &str)]| -> Attributes {
            let pairs = pairs.iter();
            pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).into()))
                .collect()
        };
        Span {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            span_id: "00f067aa0ba902b7".to_owned(),
            parent_span_id: None,
            trace_state: String::new(),
            flags: 1,
            name: "GET /api/items/{id}".to_owned(),
            kind: Kind::Server,
            start_unix_nanos: 1_700_000_000_123_456_789,
            end_unix_nanos: 1_700_000_000_623_456_789,
            attributes: texts(&attributes),
            repeated_attributes: Vec::new(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: Status::Unset,
            resource: texts(&resource),
            scope: String::new(),
        }
    }

    pub(crate) fn tag(key: &str, value: Option<&str>) -> Tag {
        Tag {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        }
    }

    #[test]
    fn mapped_tags_become_labels() {
        let span = request();
        let found = |wanted: &[Tag]| tags(&span, wanted, DEFAULT_TAGS);

        assert_eq!(found(&[]).unwrap(), "service_name=\"api\"");
        let wanted = [
            tag("http.route", Some("route")),
            tag("traceId", None),
            tag("absent", None),
        ];
        assert_eq!(
            found(&wanted).unwrap(),
            "route=\"/api/items/{id}\", traceId=\"4bf92f3577b34da6a3ce929d0e0e4736\""
        );
        assert_eq!(
            found(&[tag("absent", None)]),
            Err(Error::NoTags(vec!["absent".to_owned()]))
        );
    }

    #[test]
    fn durations_are_microseconds() {
        let scope = scope(&request(), "");

        assert_eq!(scope["__span"]["duration"], 500_000);
        assert_eq!(scope["__span"]["tags"]["http.route"], "/api/items/{id}");
    }
}

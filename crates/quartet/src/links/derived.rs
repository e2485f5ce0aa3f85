//! Log → trace: `derivedFields` of the data source of logs.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::json;

use super::range::Range;
use super::source::Source;
use super::template::{Format, Scope, render};
use super::{Error, Query};

const SETTING: &str = "derivedFields";

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Field {
    name: String,
    matcher_regex: String,
    matcher_type: Option<String>,
    url: String,
    datasource_uid: Option<String>,
}

/// The links of one line to other data sources; `labels` are those of its stream and its structured metadata.
pub(crate) fn queries(
    logs: &Source,
    line: &str,
    labels: &BTreeMap<String, String>,
    range: Range,
) -> Result<Vec<Query>, Error> {
    let fields: Vec<Field> = logs.setting(SETTING)?;
    let mut queries = Vec::new();
    for field in fields {
        let pattern = Regex::new(&field.matcher_regex).map_err(|error| Error::Invalid {
            uid: logs.uid.clone(),
            setting: SETTING,
            reason: format!("{}: {error}", field.name),
        })?;
        let value = match field.matcher_type.as_deref() {
            // The pattern is looked for in names of labels, and may be a part of one.
            Some("label") => labels
                .iter()
                .find(|(name, _)| pattern.is_match(name))
                .map(|(_, value)| value.as_str()),
            Some("regex") | None => pattern
                .captures(line)
                .and_then(|found| found.get(1))
                .map(|found| found.as_str()),
            Some(_) => None,
        };
        let (Some(value), Some(source)) = (
            value.filter(|value| !value.is_empty()),
            field.datasource_uid,
        ) else {
            continue;
        };
        let scope = Scope::from_iter([("__value".to_owned(), json!({ "raw": value }))]);
        queries.push(Query {
            source,
            text: render(&field.url, &scope, Format::Glob)?,
            range,
        });
    }
    Ok(queries)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::queries;
    use crate::links::range::Range;

    const LINE: &str = "level=info trace_id=4bf9 sampled=true";

    fn found(field: Value, labels: &[(&str, &str)]) -> Vec<String> {
        let logs = serde_json::from_value(json!({
            "uid": "logs", "type": "loki", "jsonData": { "derivedFields": [field] },
        }))
        .unwrap();
        let labels: BTreeMap<_, _> = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let range = Range {
            from_ms: 0,
            to_ms: 1,
        };
        let queries = queries(&logs, LINE, &labels, range).unwrap();
        queries.into_iter().map(|query| query.text).collect()
    }

    fn by_label(pattern: &str) -> Value {
        json!({
            "name": "trace", "matcherType": "label", "matcherRegex": pattern,
            "datasourceUid": "traces", "url": "${__value.raw}",
        })
    }

    #[test]
    fn a_label_is_found_by_a_part_of_its_name() {
        let labels = [("trace_id", "4bf9"), ("x", "y")];

        assert_eq!(found(by_label("trace_id"), &labels), ["4bf9"]);
        assert_eq!(found(by_label("ace"), &labels), ["4bf9"]);
        assert_eq!(found(by_label("^traceid$"), &labels), [""; 0]);
        assert_eq!(found(by_label("trace_id"), &[("x", "y")]), [""; 0]);
    }

    #[test]
    fn a_line_is_searched_for_the_first_group() {
        let field = json!({
            "name": "trace", "matcherRegex": "trace_id=(\\w+) .*sampled=true",
            "datasourceUid": "traces", "url": "${__value.raw}",
        });

        assert_eq!(found(field, &[]), ["4bf9"]);
    }

    #[test]
    fn a_link_out_of_grafana_is_no_query() {
        let field = json!({
            "name": "trace", "matcherRegex": "trace_id=(\\w+)", "url": "http://elsewhere/$${__value.raw}",
        });

        assert_eq!(found(field, &[]), [""; 0]);
    }
}

//! Data sources, as they are provisioned or as Grafana has loaded them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Error;

/// A data source: who it is, and what its links are made of.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Source {
    pub(crate) uid: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, rename = "jsonData")]
    pub(crate) settings: Map<String, Value>,
}

/// All data sources of one Grafana.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl Sources {
    pub(crate) fn by_uid(&self, uid: &str) -> Option<&Source> {
        self.0.iter().find(|source| source.uid == uid)
    }

    /// The first of a kind, such as `tempo`.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<&Source> {
        self.0.iter().find(|source| source.kind == kind)
    }

    /// The source that a link opens, which must be of the kind for which Grafana makes that link.
    pub(crate) fn target(
        &self,
        owner: &Source,
        uid: &str,
        setting: &'static str,
        kind: &str,
    ) -> Result<&Source, Error> {
        let found = self.by_uid(uid);
        found
            .filter(|source| source.kind == kind)
            .ok_or_else(|| Error::Invalid {
                uid: owner.uid.clone(),
                setting,
                reason: match found {
                    Some(source) => format!("{uid} is of kind {}, not {kind}", source.kind),
                    None => format!("there is no data source {uid}"),
                },
            })
    }
}

impl Source {
    /// One of its settings.
    ///
    /// # Errors
    /// If it is missing, or not what Grafana expects there.
    pub(crate) fn setting<T: DeserializeOwned>(&self, setting: &'static str) -> Result<T, Error> {
        let value = self.settings.get(setting).ok_or_else(|| Error::Setting {
            uid: self.uid.clone(),
            setting,
        })?;
        T::deserialize(value).map_err(|error| Error::Invalid {
            uid: self.uid.clone(),
            setting,
            reason: error.to_string(),
        })
    }

    /// The same with `$NAME`, `${NAME}` and `$$` as provisioning reads them: a variable of Grafana's
    /// process, nothing where there is none, and a dollar.
    pub(crate) fn provisioned<'v>(mut self, variable: &impl Fn(&str) -> Option<&'v str>) -> Self {
        for value in self.settings.values_mut() {
            expand(value, variable);
        }
        self
    }
}

fn expand<'v>(value: &mut Value, variable: &impl Fn(&str) -> Option<&'v str>) {
    match value {
        Value::String(text) => *text = expanded(text, variable),
        Value::Array(values) => values.iter_mut().for_each(|value| expand(value, variable)),
        Value::Object(values) => values
            .values_mut()
            .for_each(|value| expand(value, variable)),
        _ => {}
    }
}

/// Each part between `$$` on its own, so that `$${__span.traceId}` keeps one dollar.
fn expanded<'v>(text: &str, variable: &impl Fn(&str) -> Option<&'v str>) -> String {
    let parts = text.split("$$").map(|part| with_variables(part, variable));
    parts.collect::<Vec<_>>().join("$")
}

fn with_variables<'v>(text: &str, variable: &impl Fn(&str) -> Option<&'v str>) -> String {
    let mut parts = text.split('$');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{') {
            Some(inside) => inside.split_once('}').unwrap_or((inside, "")),
            None => {
                let is_rest = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
                part.split_at(part.find(is_rest).unwrap_or(part.len()))
            }
        };
        written.push_str(variable(name).unwrap_or_default());
        written.push_str(rest);
    }
    written
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Source, expanded};

    #[test]
    fn one_dollar_is_eaten_and_two_are_one() {
        let cases = [
            ("{${__tags}}", "{}"),
            ("{$${__tags}}", "{${__tags}}"),
            ("rate(x[$__rate_interval])", "rate(x[])"),
            ("rate(x[$$__rate_interval])", "rate(x[$__rate_interval])"),
            ("${WAIT}s $WAIT.", "3s 3."),
            ("plain", "plain"),
        ];
        for (written, read) in cases {
            let variable = |name: &str| (name == "WAIT").then_some("3");
            assert_eq!(expanded(written, &variable), read);
        }
    }

    #[test]
    fn settings_of_all_depths_are_expanded() {
        let source: Source = serde_json::from_value(json!({
            "uid": "traces",
            "type": "tempo",
            "jsonData": { "a": { "b": [{ "query": "$${__span.traceId} ${HOME}" }] }, "n": 1 },
        }))
        .unwrap();

        let source = source.provisioned(&|_| None);

        assert_eq!(source.settings["a"]["b"][0]["query"], "${__span.traceId} ");
    }
}

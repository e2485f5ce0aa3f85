//! Alerts, as Alertmanager has them, and the rules behind them, as the evaluator has them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::http::{Address, Error};

/// An alert that fires.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Alert {
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Alert {
    /// The value of a label; empty is the same as none.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// A rule that may fire.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default, rename = "lastError")]
    pub(crate) last_error: String,
}

/// Everything that fires.
pub(crate) fn firing(alerts: &Address) -> Result<Vec<Alert>, Error> {
    alerts.get("/api/v2/alerts", &[("active", "true".to_owned())])
}

/// The rules of alerts that are evaluated, through the API of metrics.
pub(crate) fn rules(metrics: &Address) -> Result<Vec<Rule>, Error> {
    #[derive(Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        groups: Vec<Group>,
    }
    #[derive(Deserialize)]
    struct Group {
        #[serde(default)]
        rules: Vec<Rule>,
    }
    let answer: Answer = metrics.get("/api/v1/rules", &[])?;
    let rules = answer.data.groups.into_iter().flat_map(|group| group.rules);
    Ok(rules.filter(|rule| rule.kind == "alerting").collect())
}

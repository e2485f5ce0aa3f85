//! Alert → dashboard and traces, as the annotations of every rule say.

use std::collections::BTreeMap;

use super::{Link, names, text};
use crate::links::explore;
use crate::stores::alerts::{self, Rule};
use crate::stores::traces;
use crate::verify::place::{Place, now_ms};
use crate::verify::requests::Requests;

/// The annotation with the address of a dashboard, or of a panel of it.
const DASHBOARD: &str = "dashboard_url";
/// The annotation with the address of a search for traces.
const TRACES: &str = "traces_url";
/// Alerts of requests: those of the pipeline have no traces.
const OF_REQUESTS: &[&str] = &["ServiceDown", "HighErrorRate", "HighLatency"];

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    vec![
        Link::new(names::ALERT_TO_DASHBOARD, &requests.cpu, || {
            dashboards(place)
        }),
        Link::new(names::ALERT_TO_TRACES, &requests.cpu, || searches(place)),
    ]
}

fn dashboards(place: &Place) -> Result<String, String> {
    let rules = of_requests(place)?;
    for rule in &rules {
        opens(place, &rule.annotations).map_err(|error| format!("{}: {error}", rule.name))?;
    }
    Ok(format!("{} alerts", rules.len()))
}

/// Whether the dashboard exists, and the panel if one is named.
fn opens(place: &Place, annotations: &BTreeMap<String, String>) -> Result<(), String> {
    let url = annotations
        .get(DASHBOARD)
        .ok_or_else(|| format!("there is no annotation {DASHBOARD}"))?;
    let (path, arguments) = url.split_once('?').unwrap_or((url, ""));
    let uid = path
        .split("/d/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let uid = uid.ok_or_else(|| format!("{url} is no address of a dashboard"))?;
    let dashboard = place
        .dashboards
        .iter()
        .find(|dashboard| dashboard["uid"] == uid);
    dashboard.ok_or_else(|| format!("there is no dashboard {uid}"))?;
    let mut arguments = form_urlencoded::parse(arguments.as_bytes());
    let panel = arguments.find(|(name, _)| name == "viewPanel");
    let Some((_, panel)) = panel else {
        return Ok(());
    };
    let id: i64 = panel
        .trim_start_matches("panel-")
        .parse()
        .map_err(|_| format!("{panel} is no panel"))?;
    match place.panels().iter().any(|panel| panel["id"] == id) {
        true => Ok(()),
        false => Err(format!("dashboard {uid} has no panel {panel}")),
    }
}

fn searches(place: &Place) -> Result<String, String> {
    let rules = of_requests(place)?;
    let mut asked = 0;
    for rule in &rules {
        let filled: BTreeMap<_, _> = rule
            .annotations
            .iter()
            .map(|(name, template)| (name.clone(), with_labels(template)))
            .collect();
        let found = search(place, &filled).map_err(|error| format!("{}: {error}", rule.name))?;
        // A failure is among our own requests.
        if found == 0 && rule.name == "HighErrorRate" {
            return Err(format!("{} finds no trace of a failure", rule.name));
        }
        asked += found;
    }
    Ok(format!("{} alerts, {asked} traces", rules.len()))
}

/// Whether an alert that fires leads to its dashboard, and to a search that Tempo understands.
pub(in crate::verify) fn leads(
    place: &Place,
    annotations: &BTreeMap<String, String>,
) -> Result<(), String> {
    opens(place, annotations)?;
    search(place, annotations).map(|_| ())
}

/// How many traces the search finds that the annotation opens.
fn search(place: &Place, annotations: &BTreeMap<String, String>) -> Result<usize, String> {
    let url = annotations
        .get(TRACES)
        .ok_or_else(|| format!("there is no annotation {TRACES}"))?;
    let mut found = 0;
    for query in explore::queries(url, now_ms()).map_err(text)? {
        found += traces::search(&place.stores.traces, &query.text, query.range)
            .map_err(text)?
            .len();
    }
    Ok(found)
}

/// A rule's address before it fires, with the labels of a service in the place of what the evaluator fills in.
fn with_labels(template: &str) -> String {
    let mut pieces = template.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (inside, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        text.push_str(match inside {
            inside if inside.contains("service_name") => "api",
            inside if inside.contains("environment") => "demo",
            inside if inside.contains("externalURL") || inside.contains("externalLabels") => "",
            _ => "0",
        });
        text.push_str(rest);
    }
    text
}

fn of_requests(place: &Place) -> Result<Vec<Rule>, String> {
    let rules = alerts::rules(&place.stores.metrics).map_err(text)?;
    let found: Vec<_> = rules
        .into_iter()
        .filter(|rule| OF_REQUESTS.contains(&rule.name.as_str()))
        .collect();
    if let Some(rule) = found.iter().find(|rule| !rule.last_error.is_empty()) {
        return Err(format!(
            "{} cannot be evaluated: {}",
            rule.name, rule.last_error
        ));
    }
    match OF_REQUESTS
        .iter()
        .find(|name| !found.iter().any(|rule| rule.name == **name))
    {
        Some(name) => Err(format!("no rule is called {name}")),
        None => Ok(found),
    }
}

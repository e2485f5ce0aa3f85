//! Every query of every panel, asked of its store, and how many points came back.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::fill::{SHOWN, Steps, variables};
use super::place::{Place, elements, last, with_inner};
use super::requests::Requests;
use super::row::{Row, Verdict};
use crate::links::explore;
use crate::links::range::Range;
use crate::links::service_map;
use crate::links::template::{Format, Scope, rendered};
use crate::stores::{flames, lines, metrics, traces};

/// The services whose panels are looked at; one that has no data for the first may have some for another.
const SERVICES: [&str; 2] = ["api", "fulfilment"];

/// Panels of what our own requests do not bring about.
const MAY_BE_EMPTY: &[&str] = &[
    "Failed database calls per second",
    "Failed by kind",
    "Share of failed spans by operation",
];

/// A row for each panel.
pub(super) fn all(place: &Place, requests: &Requests, patience: Duration) -> Vec<Row> {
    let mut rows = Vec::new();
    for dashboard in &place.dashboards {
        let end = Instant::now() + patience;
        for panel in elements(&dashboard["panels"]).flat_map(with_inner) {
            let title = panel["title"].as_str().unwrap_or("without a title");
            let name = format!("panel {} {title}", panel["id"]);
            let left = match MAY_BE_EMPTY.contains(&title) {
                true => Duration::ZERO,
                false => end.saturating_duration_since(Instant::now()),
            };
            let row = Row::of(&name, Instant::now(), left, || {
                points(place, dashboard, panel, requests)
            });
            rows.push(excused(row, panel, title));
        }
    }
    rows
}

/// Nothing to show is no fault of a panel that says why.
fn excused(row: Row, panel: &Value, title: &str) -> Row {
    let reason = panel["fieldConfig"]["defaults"]["noValue"].as_str();
    match (&row.verdict, reason) {
        (Verdict::Broken { hop }, Some(reason))
            if hop == EMPTY && MAY_BE_EMPTY.contains(&title) =>
        {
            Row {
                verdict: Verdict::Held {
                    after: Duration::ZERO,
                    found: format!("no points: {reason}"),
                },
                ..row
            }
        }
        _ => row,
    }
}

const EMPTY: &str = "no points";

fn points(
    place: &Place,
    dashboard: &Value,
    panel: &Value,
    requests: &Requests,
) -> Result<String, String> {
    let range = last(SHOWN);
    let steps = Steps::of(place, range);
    for service in SERVICES {
        let chosen = [
            ("service", service),
            ("span_id", requests.cpu.span_id.as_str()),
        ];
        let scope = variables(place, dashboard, &chosen, range);
        let mut count = 0;
        for target in elements(&panel["targets"]).filter_map(Value::as_object) {
            count += answered(place, target, &scope, &steps, range)?;
        }
        if count > 0 {
            return Ok(format!("{count} points of {service}"));
        }
    }
    Err(EMPTY.to_owned())
}

/// How many points one query has.
fn answered(
    place: &Place,
    target: &Map<String, Value>,
    scope: &Scope,
    steps: &Steps,
    range: Range,
) -> Result<usize, String> {
    let uid = explore::uid(target).unwrap_or_default();
    let source = place.sources.by_uid(uid);
    let source = source.ok_or_else(|| format!("there is no data source {uid}"))?;
    let text = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
    let filled = |name: &str| steps.fill(text(name), scope);
    let stores = &place.stores;
    let counted = match source.kind.as_str() {
        "prometheus" => {
            let query = filled("expr");
            match target.get("instant") == Some(&Value::Bool(true)) {
                true => metrics::instant(&stores.metrics, &query).map(|series| numbers(&series)),
                false => metrics::range(&stores.metrics, &query, range, steps.step_seconds)
                    .map(|series| numbers(&series)),
            }
        }
        "loki" => {
            let query = filled("expr");
            match query.trim_start().starts_with('{') {
                true => lines::matching(&stores.lines, &query, range).map(|lines| lines.len()),
                false => metrics::range_of_lines(&stores.lines, &query, range, steps.step_seconds)
                    .map(|series| numbers(&series)),
            }
        }
        "tempo" if text("queryType") == "serviceMap" => {
            let query = service_map::arrows(SHOWN.as_secs());
            metrics::instant(&stores.metrics, &query).map(|series| numbers(&series))
        }
        "tempo" => {
            let query = filled("query");
            match query.contains("} |") {
                true => traces::count(&stores.traces, &query, range, steps.step_seconds)
                    .map(|all| all.iter().map(|one| one.series.points.len()).sum()),
                false => traces::search(&stores.traces, &query, range).map(|found| found.len()),
            }
        }
        "grafana-pyroscope-datasource" => {
            let (kind, labels) = (text("profileTypeId"), filled("labelSelector"));
            let span = target
                .get("spanSelector")
                .and_then(|spans| spans.get(0)?.as_str());
            match span {
                Some(span) => {
                    let span = rendered(span, scope, Format::Glob).0;
                    flames::of_span(&stores.flames, kind, &labels, &span, range)
                }
                None => flames::of_series(&stores.flames, kind, &labels, range),
            }
            .map(|flames| flames.functions.len())
        }
        kind => return Err(format!("nobody knows how to ask {kind}")),
    };
    counted.map_err(|error| error.to_string())
}

fn numbers(series: &[metrics::Series]) -> usize {
    series.iter().map(|series| series.points.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{EMPTY, MAY_BE_EMPTY, excused};
    use crate::verify::row::{Row, Verdict};

    fn broken(hop: &str) -> Row {
        Row {
            name: "panel".to_owned(),
            verdict: Verdict::Broken {
                hop: hop.to_owned(),
            },
        }
    }

    #[test]
    fn only_a_stated_reason_excuses_an_empty_panel() {
        let says = json!({ "fieldConfig": { "defaults": { "noValue": "Nothing failed." } } });
        let title = MAY_BE_EMPTY[0];
        let held = |row: Row| {
            matches!(
                row.verdict,
                Verdict::Held {
                    after: Duration::ZERO,
                    ..
                }
            )
        };

        assert!(held(excused(broken(EMPTY), &says, title)));
        assert!(!held(excused(broken(EMPTY), &json!({}), title)));
        assert!(!held(excused(broken(EMPTY), &says, "Requests per second")));
        assert!(!held(excused(
            broken("Tempo does not answer"),
            &says,
            title
        )));
    }

    #[test]
    fn panels_that_may_be_empty_exist() {
        let dashboard = include_str!("../../../../observability/grafana/dashboards/services.json");

        for title in MAY_BE_EMPTY {
            assert!(dashboard.contains(&format!("\"{title}\"")), "{title}");
        }
    }
}

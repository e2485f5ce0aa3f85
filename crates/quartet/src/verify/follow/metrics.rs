//! Metric → trace: by exemplars of numbers that Tempo counts, and by data links of those that services count.

use serde_json::{Map, Value};
use wire::otlp::{Kind, Span};

use super::{Link, names, text};
use crate::links::explore;
use crate::links::panel::{Point, follow, links as data_links};
use crate::links::range::Range;
use crate::stores::metrics::Series;
use crate::stores::{metrics, traces};
use crate::verify::fill::{SHOWN, Steps, variables};
use crate::verify::place::{Place, elements, last, with_inner};
use crate::verify::requests::{Requests, Sent};

/// The label of a point that says where its bucket begins, in seconds.
const LOWER_BOUND: &str = "at_least";

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    vec![
        Link::new(names::EXEMPLAR, &requests.cpu, || {
            exemplar(place, &requests.cpu)
        }),
        Link::new(names::DATA_LINK, &requests.cpu, || {
            data_link(place, &requests.cpu)
        }),
    ]
}

/// A panel that Tempo counts by route has an exemplar of the route, whose trace is one of it.
fn exemplar(place: &Place, sent: &Sent) -> Result<String, String> {
    let range = last(SHOWN);
    let steps = Steps::of(place, range);
    let query = counted_by_route(place).ok_or("no panel counts durations by route from spans")?;
    let dashboard = place.dashboards.first().ok_or("there is no dashboard")?;
    let scope = variables(place, dashboard, &[("service", "api")], range);
    let query = steps.fill(&query, &scope);
    let counted =
        traces::count(&place.stores.traces, &query, range, steps.step_seconds).map_err(text)?;
    let series = counted
        .iter()
        .find(|one| one.series.label("span.http.route") == sent.route)
        .ok_or_else(|| format!("{query} has no series of {}", sent.route))?;
    let exemplar = series
        .exemplars
        .first()
        .ok_or_else(|| format!("{query} has no exemplar of {}", sent.route))?;
    let trace = &exemplar.trace_id;
    let spans = traces::spans(&place.stores.traces, trace).map_err(text)?;
    match spans.iter().any(|span| is_request(span, sent.route)) {
        true => Ok(format!(
            "{} exemplars, the first opens",
            series.exemplars.len()
        )),
        false => Err(format!("exemplar {trace} is no trace of {}", sent.route)),
    }
}

fn counted_by_route(place: &Place) -> Option<String> {
    let panels = place.panels();
    let targets = panels.iter().flat_map(|panel| elements(&panel["targets"]));
    let mut queries = targets
        .filter(|target| target["datasource"]["type"] == "tempo")
        .filter_map(|target| explore::text(target.as_object()?));
    queries.find(|query| query.contains("_over_time(duration") && query.contains("span.http.route"))
}

/// Each panel whose link searches from the lower bound of a point's bucket: traces of that route, as slow as that.
fn data_link(place: &Place, sent: &Sent) -> Result<String, String> {
    let mut found = Vec::new();
    for dashboard in &place.dashboards {
        for panel in elements(&dashboard["panels"]).flat_map(with_inner) {
            let Some(link) = by_bucket(panel) else {
                continue;
            };
            let title = panel["title"].as_str().unwrap_or_default();
            let count = followed(place, dashboard, panel, link, sent)
                .map_err(|error| format!("{title}: {error}"))?;
            found.push(format!("{title}: {count}"));
        }
    }
    match found.is_empty() {
        true => Err(format!("no panel by route has a link with {LOWER_BOUND}")),
        false => Ok(format!("traces by {}", found.join(", "))),
    }
}

/// How many traces the link of one panel finds, from its newest point.
fn followed(
    place: &Place,
    dashboard: &Value,
    panel: &Value,
    link: &Value,
    sent: &Sent,
) -> Result<usize, String> {
    let range = last(SHOWN);
    let steps = Steps::of(place, range);
    let scope = variables(place, dashboard, &[("service", "api")], range);
    let query = elements(&panel["targets"])
        .find_map(|target| explore::text(target.as_object()?))
        .ok_or("it has no query")?;
    let query = steps.fill(&query, &scope);
    let series =
        metrics::range(&place.stores.metrics, &query, range, steps.step_seconds).map_err(text)?;
    let point = point(&series, sent).ok_or_else(|| format!("no point of {}", sent.route))?;
    let mut count = 0;
    for query in follow(link, &point, &scope, range, &place.sources).map_err(text)? {
        count += matching(place, &query.text, query.range, &point, sent)?;
    }
    Ok(count)
}

/// The link of a panel by route that names the lower bound.
fn by_bucket(panel: &Value) -> Option<&Value> {
    let links = data_links(panel).into_iter();
    let mut links = links.filter(|link| {
        let text = link.to_string();
        text.contains(LOWER_BOUND) && text.contains("http_route")
    });
    links.next()
}

/// The newest point of the route that has a lower bound.
fn point(series: &[Series], sent: &Sent) -> Option<Point> {
    let series = series
        .iter()
        .filter(|series| series.label("http_route") == sent.route)
        .filter(|series| !series.label(LOWER_BOUND).is_empty());
    let newest = series.filter_map(|series| Some((series.last()?, series)));
    let ((time_ms, value), series) = newest.max_by_key(|((time_ms, _), _)| *time_ms)?;
    Some(Point {
        labels: series.labels.clone(),
        value,
        time_ms,
        fields: Map::new(),
    })
}

/// How many traces the link finds, each of the route and at or above the bound.
fn matching(
    place: &Place,
    query: &str,
    range: Range,
    point: &Point,
    sent: &Sent,
) -> Result<usize, String> {
    let bound = point
        .labels
        .get(LOWER_BOUND)
        .and_then(|bound| bound.parse::<f64>().ok());
    let bound = bound.ok_or("the bound of the bucket is no number")?;
    let found = traces::search(&place.stores.traces, query, range).map_err(text)?;
    let first = found
        .first()
        .ok_or_else(|| format!("{query} finds no trace"))?;
    if let Some(fast) = found
        .iter()
        .flat_map(|trace| &trace.spans)
        .find(|span| span.seconds < bound)
    {
        return Err(format!(
            "{query} finds a span of {} s, below {bound} s",
            fast.seconds
        ));
    }
    let spans = traces::spans(&place.stores.traces, &first.trace_id).map_err(text)?;
    match spans.iter().any(|span| is_request(span, sent.route)) {
        true => Ok(found.len()),
        false => Err(format!(
            "{query} finds {}, no trace of {}",
            first.trace_id, sent.route
        )),
    }
}

fn is_request(span: &Span, route: &str) -> bool {
    span.kind == Kind::Server && span.text("http.route") == Some(route)
}

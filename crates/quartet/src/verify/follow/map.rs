//! The service map, and the links of its nodes.

use std::collections::BTreeSet;

use super::{Link, names, text};
use crate::links::service_map;
use crate::links::template::Scope;
use crate::stores::{metrics, traces};
use crate::verify::fill::{SHOWN, Steps};
use crate::verify::place::{Place, last};
use crate::verify::requests::Requests;

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    vec![
        Link::new(names::MAP, &requests.order, || arrows(place)),
        Link::new(names::MAP_TO_TRACES, &requests.order, || {
            nodes_to_traces(place)
        }),
        Link::new(names::MAP_TO_METRICS, &requests.order, || {
            nodes_to_metrics(place)
        }),
    ]
}

fn arrows(place: &Place) -> Result<String, String> {
    let source = service_map::metrics(&place.sources, place.traces()?).map_err(text)?;
    let query = service_map::arrows(SHOWN.as_secs());
    let found = metrics::instant(&place.stores.metrics, &query).map_err(text)?;
    let arrows: BTreeSet<_> = found
        .iter()
        .map(|series| (series.label("client"), series.label("server")))
        .collect();
    for arrow in [("user", "api"), ("api", "fulfilment")] {
        if !arrows.contains(&arrow) {
            return Err(format!(
                "{} has no arrow {} → {}",
                source.uid, arrow.0, arrow.1
            ));
        }
    }
    let databases = |client: &str| -> BTreeSet<&str> {
        let arrows = arrows.iter().filter(|(from, _)| *from == client);
        arrows
            .map(|(_, to)| *to)
            .filter(|to| ["sqlite", "postgresql"].contains(to))
            .collect()
    };
    let (of_api, of_fulfilment) = (databases("api"), databases("fulfilment"));
    match of_api.intersection(&of_fulfilment).next() {
        Some(database) => Ok(format!(
            "{} arrows, the database is {database}",
            arrows.len()
        )),
        None => Err(format!(
            "not both lead to a database: api to {of_api:?}, fulfilment to {of_fulfilment:?}"
        )),
    }
}

fn nodes_to_traces(place: &Place) -> Result<String, String> {
    let mut counts = Vec::new();
    for node in ["api", "fulfilment"] {
        let query = service_map::node_traces(node);
        let found = traces::search(&place.stores.traces, &query, last(SHOWN)).map_err(text)?;
        if found.is_empty() {
            return Err(format!("{query} finds no trace"));
        }
        counts.push(format!("{node} {}", found.len()));
    }
    Ok(counts.join(", "))
}

fn nodes_to_metrics(place: &Place) -> Result<String, String> {
    let range = last(SHOWN);
    let steps = Steps::of(place, range);
    let mut found = Vec::new();
    for node in ["api", "fulfilment"] {
        for (title, query) in service_map::node_metrics(node) {
            let query = steps.fill(&query, &Scope::new());
            let series = metrics::range(&place.stores.metrics, &query, range, steps.step_seconds)
                .map_err(text)?;
            // Nothing has failed at some nodes, and what never happened has no series.
            if series.is_empty() && !title.starts_with("Failed") {
                return Err(format!("{title} of {node} has no number: {query}"));
            }
        }
        found.push(node);
    }
    Ok(found.join(", "))
}

//! Rates from histograms of durations, which count every request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::Window;
use super::super::metrics::{SERVICE, quantile_within};
use super::super::rates::added;
use super::POINTS;
use super::routes::{Counted, Routes, SHARES};
use crate::store::series::KeptSeries;
use crate::store::{Labels, Store};

/// Histograms of the durations of requests, with the labels of their method and route.
const FAMILIES: [(&str, &str, &str); 2] = [
    (
        "http_server_request_duration_seconds",
        "http_request_method",
        "http_route",
    ),
    (
        "messaging_process_duration_seconds",
        "messaging_operation_name",
        "messaging_destination_name",
    ),
];

/// The routes of a service; none if it has no such metrics.
pub(super) fn routes(store: &Store, service: &str, window: Window) -> Option<Routes> {
    let mut all = Routes {
        seconds: window.seconds(),
        ..Routes::default()
    };
    let since = watched_since(store, service);
    let mut every = Vec::new();
    for (family, method, route) in FAMILIES {
        let series = {
            let kept = store.series.lock();
            let family = kept.families().get(family);
            family
                .map(|family| family.series.clone())
                .unwrap_or_default()
        };
        let mut groups: BTreeMap<(String, String), Vec<Arc<KeptSeries>>> = BTreeMap::new();
        for series in series {
            if series
                .labels
                .get(SERVICE)
                .is_some_and(|known| known == service)
            {
                let label = |name: &str| series.labels.get(name).filter(|value| !value.is_empty());
                let route = label(route).cloned().unwrap_or_default();
                let method = label(method).cloned().unwrap_or_default();
                every.push(series.clone());
                groups.entry((method, route)).or_default().push(series);
            }
        }
        for (key, group) in groups {
            let counted = counted(&group, window, since);
            if counted.count > 0.0 {
                all.routes.insert(key, counted);
            }
        }
    }
    all.quantiles = SHARES.map(|phi| quantile_within(every.iter(), window, since, phi));
    (!every.is_empty()).then_some(all)
}

fn counted(group: &[Arc<KeptSeries>], window: Window, since: Option<u64>) -> Counted {
    let mut counted = Counted {
        parts: vec![0.0; POINTS],
        quantiles: SHARES.map(|phi| quantile_within(group.iter(), window, since, phi)),
        ..Counted::default()
    };
    for series in group.iter().filter(|series| series.suffix == "_count") {
        let count = added(series, window, since);
        counted.count += count;
        if failed(&series.labels) {
            counted.errors += count;
        }
        for (part, sum) in counted.parts.iter_mut().enumerate() {
            let part = Window {
                from: window.start(part, POINTS),
                to: window.start(part + 1, POINTS),
            };
            *sum += added(series, part, since);
        }
    }
    counted
}

/// Since when the metrics of a service are fetched, in milliseconds since 1970; none where they are pushed, or
/// where the beginning is forgotten.
fn watched_since(store: &Store, service: &str) -> Option<u64> {
    let kept = store.series.lock();
    let all = &kept.families().get("up")?.series;
    let of_service =
        |series: &&Arc<KeptSeries>| series.labels.get(SERVICE).is_some_and(|of| of == service);
    let first = all.iter().find(of_service)?.samples.front()?;
    (kept.evicted == 0).then_some(first.millis)
}

/// A client that went away is no failure of the service.
fn failed(labels: &Labels) -> bool {
    let label = |name| labels.get(name).map_or("", String::as_str);
    match label("http_response_status_code") {
        "" => !matches!(label("error_type"), "" | "client_disconnected"),
        status => status.starts_with('5'),
    }
}

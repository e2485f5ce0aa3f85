use std::collections::BTreeMap;

use console::store::{Chart, Exemplar, Family, FamilyKind, Labels, Point, Series};

use super::{Chance, NOW};

const BEGIN: u64 = NOW - 900_000_000_000;

pub(crate) fn families() -> Vec<Family> {
    use FamilyKind::{Counter, Gauge, Histogram, Info};
    [
        (
            "http_server_request_duration_seconds",
            Histogram,
            "From the head of a request to the end of its answer.",
            "seconds",
            14,
            true,
        ),
        (
            "http_server_active_requests",
            Gauge,
            "Requests under way.",
            "",
            2,
            false,
        ),
        (
            "http_server_refused_requests",
            Counter,
            "Requests refused before a handler saw them.",
            "",
            8,
            false,
        ),
        (
            "db_client_operation_duration_seconds",
            Histogram,
            "Calls of the database; a wait for a connection is a metric of its own.",
            "seconds",
            31,
            true,
        ),
        (
            "db_client_connection_count",
            Gauge,
            "Open connections.",
            "",
            4,
            false,
        ),
        (
            "process_resident_memory_bytes",
            Gauge,
            "Resident memory.",
            "bytes",
            2,
            false,
        ),
        (
            "process_cpu_seconds",
            Counter,
            "CPU time in user and kernel mode.",
            "seconds",
            2,
            false,
        ),
        (
            "target",
            Info,
            "<b>who</b> exposes these metrics",
            "",
            2,
            false,
        ),
        ("job_dead_letters", Counter, "", "", 1, false),
    ]
    .map(|(name, kind, help, unit, series, has_exemplars)| Family {
        name: name.to_owned(),
        kind,
        help: help.to_owned(),
        unit: unit.to_owned(),
        services: vec!["api".to_owned(), "fulfilment".to_owned()],
        labels: [
            "http_request_method",
            "http_route",
            "http_response_status_code",
            "error_type",
        ]
        .map(str::to_owned)
        .to_vec(),
        series,
        has_exemplars,
    })
    .to_vec()
}

pub(crate) fn quantiles() -> Vec<(String, Chart)> {
    [("p50", 0.012, 1), ("p95", 0.048, 2), ("p99", 0.13, 3)]
        .map(|(name, size, seed)| {
            let series = vec![series(&[], size, seed)];
            (name.to_owned(), chart(0, "seconds", series))
        })
        .to_vec()
}

pub(crate) fn by_route() -> Vec<(String, Chart)> {
    let routes = [
        "/api/items/{id}",
        "/api/items",
        "/api/orders",
        "/api/cpu",
        "/api/<i>x</i>",
    ];
    let series = (0..)
        .zip(routes)
        .map(|(i, route)| series(&[("http_route", route)], 8.0 / (i + 1) as f64, i))
        .collect();
    vec![(String::new(), chart(0, "per second", series))]
}

pub(crate) fn memory() -> Vec<(String, Chart)> {
    let lines = vec![
        series(&[("service_name", "api")], 41e6, 4),
        series(&[("service_name", "fulfilment")], 33e6, 5),
    ];
    vec![(String::new(), chart(5, "bytes", lines))]
}

pub(crate) fn nothing() -> Vec<(String, Chart)> {
    vec![(String::new(), chart(8, "per second", Vec::new()))]
}

fn chart(family: usize, unit: &str, series: Vec<Series>) -> Chart {
    let mut chance = Chance(11);
    let exemplars = (0..70)
        .map(|i| Exemplar {
            unix_nanos: BEGIN + (chance.next() * 9e11) as u64,
            value: 0.004 + 0.17 * chance.next().powi(4),
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            span_id: Some("00f067aa0ba902b7".to_owned()),
            labels: labels(&[
                ("http_route", "/api/orders"),
                (
                    "http_response_status_code",
                    if i % 12 == 0 { "503" } else { "201" },
                ),
            ]),
        })
        .collect();
    Chart {
        family: families().swap_remove(family),
        unit: unit.to_owned(),
        left_out: if series.len() > 3 { 7 } else { 0 },
        series,
        exemplars,
        from_unix_nanos: BEGIN,
        to_unix_nanos: NOW,
    }
}

fn series(pairs: &[(&str, &str)], size: f64, seed: u64) -> Series {
    let mut chance = Chance(seed);
    Series {
        labels: labels(pairs),
        points: (0..=60)
            .map(|i| Point {
                unix_nanos: BEGIN + i * 15_000_000_000,
                value: (!(22..26).contains(&i)).then(|| size * (0.8 + 0.4 * chance.next())),
            })
            .collect(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<BTreeMap<_, _>>()
}

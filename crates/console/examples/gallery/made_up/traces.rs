use console::store::{
    Event, Kind, Link, Span, Status, Trace, TraceSpan, TraceSummary, Traces, Value,
};

use super::{Chance, NOW};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const MS: u64 = 1_000_000;

pub(crate) fn found() -> Traces {
    let mut chance = Chance(7);
    let names = [
        ("GET /api/items/{id}", "/api/items/{id}", 0.002),
        ("POST /api/orders", "/api/orders", 0.03),
        ("GET /api/cpu", "/api/cpu", 0.022),
        (
            "GET /api/orders/{id}/events",
            "/api/orders/{id}/events",
            0.9,
        ),
    ];
    let traces = (0..60)
        .map(|i| {
            let (name, route, seconds) = names[(chance.next() * 4.0) as usize % 4];
            let failed = chance.next() < 0.1;
            let is_order = route == "/api/orders";
            TraceSummary {
                trace_id: TRACE.to_owned(),
                name: name.to_owned(),
                service: "api".to_owned(),
                route: Some(route.to_owned()),
                http_status: Some(if failed { 503 } else { 200 }),
                start_unix_nanos: NOW - i * 14_000_000_000 - (chance.next() * 9e9) as u64,
                duration_nanos: (seconds * (0.5 + 2.0 * chance.next()) * 1e9) as u64,
                spans: if is_order { 11 } else { 3 },
                errors: usize::from(failed),
                services: if is_order {
                    vec!["api".to_owned(), "fulfilment".to_owned()]
                } else {
                    vec!["api".to_owned()]
                },
                is_whole: i % 17 != 3,
            }
        })
        .collect();
    Traces {
        traces,
        has_more: true,
        looked_at: 48_213,
    }
}

pub(crate) fn order() -> Trace {
    let rows = [
        ("01", None, "api", "POST /api/orders", Kind::Server, 0, 61),
        ("02", Some("01"), "api", "POST /quotes", Kind::Client, 2, 9),
        (
            "03",
            Some("02"),
            "fulfilment",
            "POST /quotes",
            Kind::Server,
            4,
            5,
        ),
        (
            "04",
            Some("03"),
            "fulfilment",
            "SELECT items",
            Kind::Client,
            5,
            2,
        ),
        ("05", Some("01"), "api", "BEGIN", Kind::Client, 13, 1),
        (
            "06",
            Some("01"),
            "api",
            "UPDATE items",
            Kind::Client,
            16,
            18,
        ),
        (
            "07",
            Some("01"),
            "api",
            "INSERT orders",
            Kind::Client,
            36,
            9,
        ),
        (
            "08",
            Some("01"),
            "api",
            "send orders",
            Kind::Producer,
            47,
            3,
        ),
        (
            "09",
            Some("08"),
            "fulfilment",
            "process orders",
            Kind::Consumer,
            72,
            190,
        ),
        (
            "10",
            Some("09"),
            "fulfilment",
            "UPDATE jobs",
            Kind::Client,
            78,
            12,
        ),
        (
            "11",
            Some("09"),
            "fulfilment",
            "INSERT shipments",
            Kind::Client,
            240,
            15,
        ),
    ];
    let start = NOW - 60_000 * MS;
    let spans: Vec<TraceSpan> = rows
        .iter()
        .map(|(id, parent, service, name, kind, from, took)| TraceSpan {
            span: span(
                id,
                *parent,
                service,
                name,
                *kind,
                start + from * MS,
                took * MS,
            ),
            depth: depth(&rows, id),
            children: 0,
            self_nanos: took * MS / 2,
            is_orphan: false,
        })
        .collect();
    Trace {
        summary: TraceSummary {
            trace_id: TRACE.to_owned(),
            name: "POST /api/orders".to_owned(),
            service: "api".to_owned(),
            route: Some("/api/orders".to_owned()),
            http_status: Some(201),
            start_unix_nanos: start,
            duration_nanos: 262 * MS,
            spans: spans.len(),
            errors: 1,
            services: vec!["api".to_owned(), "fulfilment".to_owned()],
            is_whole: true,
        },
        spans,
    }
}

type RowOf = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    Kind,
    u64,
    u64,
);

fn depth(rows: &[RowOf], id: &str) -> usize {
    let parent = rows.iter().find(|row| row.0 == id).and_then(|row| row.1);
    parent.map_or(0, |parent| 1 + depth(rows, parent))
}

fn span(
    id: &str,
    parent: Option<&str>,
    service: &str,
    name: &str,
    kind: Kind,
    start: u64,
    duration: u64,
) -> Span {
    let text = |value: &str| Value::Text(value.to_owned());
    let mut attributes = vec![
        ("http.route".to_owned(), text("/api/orders")),
        ("http.request.method".to_owned(), text("POST")),
        ("http.response.status_code".to_owned(), Value::Integer(201)),
        (
            "request.id".to_owned(),
            text("0198f1c2-7f10-7d53-a3d1-0d4c32b7a111"),
        ),
        (
            "user_agent.original".to_owned(),
            text("<img src=x onerror=alert(1)>"),
        ),
    ];
    if kind != Kind::Server {
        attributes = vec![
            ("db.system.name".to_owned(), text("sqlite")),
            ("db.query.summary".to_owned(), text(name)),
        ];
    }
    if id == "09" || id == "01" {
        attributes.push(("pyroscope.profile.id".to_owned(), text("00f067aa0ba90201")));
    }
    let failed = id == "10";
    Span {
        trace_id: TRACE.to_owned(),
        span_id: format!("00f067aa0ba902{id}"),
        parent_span_id: parent.map(|parent| format!("00f067aa0ba902{parent}")),
        service: service.to_owned(),
        name: name.to_owned(),
        kind,
        start_unix_nanos: start,
        duration_nanos: duration,
        status: if failed { Status::Error } else { Status::Unset },
        status_message: if failed {
            "database is locked".to_owned()
        } else {
            String::new()
        },
        attributes: attributes.into_iter().collect(),
        events: if failed {
            vec![Event {
                name: "exception".to_owned(),
                unix_nanos: start + duration / 2,
                attributes: [
                    ("exception.type".to_owned(), text("database_locked")),
                    (
                        "exception.message".to_owned(),
                        text("database is locked\nby another writer"),
                    ),
                ]
                .into(),
            }]
        } else {
            Vec::new()
        },
        links: if failed {
            vec![Link {
                trace_id: "aaaabbbbccccddddeeeeffff00001111".to_owned(),
                span_id: "00f067aa0ba902b7".to_owned(),
                attributes: Default::default(),
            }]
        } else {
            Vec::new()
        },
        resource: [
            ("service.name".to_owned(), text(service)),
            ("service.version".to_owned(), text("0.1.0")),
            ("deployment.environment.name".to_owned(), text("demo")),
        ]
        .into(),
        scope: "quartet".to_owned(),
        dropped: 0,
    }
}

use std::collections::BTreeMap;

use console::store::{Level, Line, LineBar, Lines};

use super::{Chance, NOW};

pub(crate) fn found() -> Lines {
    let mut chance = Chance(3);
    let lines = (0..60).map(|i| line(i, &mut chance)).collect();
    let histogram = (0..60)
        .map(|i| LineBar {
            start_unix_nanos: NOW - (60 - i) * 15_000_000_000,
            end_unix_nanos: NOW - (59 - i) * 15_000_000_000,
            other: (200.0 + 120.0 * chance.next()) as usize,
            warn: (chance.next() * 14.0) as usize,
            error: if (30..36).contains(&i) { 60 } else { 3 },
        })
        .collect();
    Lines {
        lines,
        total: 18_213,
        histogram,
        older: Some(40),
        newest: 100,
    }
}

fn line(i: u64, chance: &mut Chance) -> Line {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let access = |status: &str, route: &str, took: f64| {
        pairs(&[
            ("target", "access"),
            ("request_id", "0198f1c2-7f10-7d53-a3d1-0d4c32b7a111"),
            ("sampled", "true"),
            ("http.request.method", "GET"),
            ("http.route", route),
            ("http.response.status_code", status),
            ("duration_ms", &format!("{took:.1}")),
            ("client.address", "127.0.0.1"),
            ("user_agent.original", "<b onmouseover=alert(1)>curl/8</b>"),
        ])
    };
    let took = chance.next() * 30.0;
    let (level, service, message, fields): (_, _, &str, BTreeMap<String, String>) = match i % 9 {
        3 => (
            Level::Error,
            "api",
            "GET /api/exception 500",
            access("500", "/api/exception", took),
        ),
        5 => (
            Level::Warn,
            "fulfilment",
            "attempt 1 at job 4711 failed: <script>alert(1)</script>",
            pairs(&[
                ("job.id", "4711"),
                ("order.id", "2093"),
                ("error", "carrier did not answer within 2 s"),
            ]),
        ),
        7 => (
            Level::Info,
            "fulfilment",
            "shipped order 2094",
            pairs(&[("job.id", "4712"), ("order.id", "2094")]),
        ),
        _ => (
            Level::Info,
            "api",
            "GET /api/items/{id} 200",
            access("200", "/api/items/{id}", took),
        ),
    };
    Line {
        id: 100 - i,
        unix_nanos: NOW - i * 700_000_000 - (chance.next() * 5e8) as u64,
        level,
        service: service.to_owned(),
        message: message.to_owned(),
        trace_id: (i % 4 != 2).then(|| "4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        span_id: Some("00f067aa0ba902b7".to_owned()),
        is_sampled: Some(true),
        fields,
    }
}

//! Writes every page in every state, with made-up answers, to look at them: `gallery DIRECTORY`.

use std::path::PathBuf;

use askama::Template;
use console::pages::address::Address;
use console::pages::chart::Hues;
use console::pages::frame::{Frame, Section};
use console::pages::logs;
use console::pages::map::Map;
use console::pages::metrics::{self, one::Show};
use console::pages::overview::Overview;
use console::pages::profiles;
use console::pages::range::Range;
use console::pages::theme::Theme;
use console::pages::traces::{Asked, Search, one};
use console::store::{Signal, StoreStatus};

mod made_up;

use made_up::NOW;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .ok_or("usage: gallery DIRECTORY")?,
    );
    std::fs::create_dir_all(&directory)?;
    for theme in [Theme::Light, Theme::Dark] {
        for (name, html) in pages(theme) {
            let file = format!("{name}.{}.html", theme.name());
            std::fs::write(directory.join(file), html)?;
        }
    }
    Ok(())
}

fn pages(theme: Theme) -> Vec<(&'static str, String)> {
    let frame = |section, title: &str, address| frame(theme, section, title, address);
    let overview = || frame(Section::Overview, "Overview", Address::new("/"));
    let traces = |address| frame(Section::Traces, "Traces", address);
    let services = || vec!["api".to_owned(), "fulfilment".to_owned()];
    let routes = || vec!["/api/orders".to_owned()];
    let asked = Asked {
        service: "api".to_owned(),
        min: "100ms".to_owned(),
        attributes: vec!["db.system.name=sqlite".to_owned()],
        ..Asked::default()
    };
    let search = Address::new("/traces")
        .with("service", "api")
        .with("min", "100ms");
    let trace = made_up::traces::order();
    let at_trace = || {
        frame(
            Section::Traces,
            "POST /api/orders",
            Address::new("/traces/1"),
        )
    };
    let failed = trace
        .spans
        .iter()
        .find(|placed| !placed.span.events.is_empty());
    let failed = failed.map(|placed| placed.span.span_id.clone());
    vec![
        (
            "overview",
            html(&Overview::new(overview(), made_up::overview::services())),
        ),
        (
            "overview-empty",
            html(&Overview::new(overview(), Vec::new())),
        ),
        (
            "traces",
            html(&Search::new(
                traces(search.clone()),
                asked.clone(),
                services(),
                routes(),
                made_up::traces::found(),
            )),
        ),
        (
            "traces-empty",
            html(&Search::new(
                traces(search),
                Asked {
                    misunderstood: "“100 parrots” is no duration: write 100ms, 2s or 1m".to_owned(),
                    ..asked
                },
                services(),
                routes(),
                Default::default(),
            )),
        ),
        ("trace", html(&one::Page::new(at_trace(), &trace, None))),
        (
            "trace-span",
            html(&one::Page::new(at_trace(), &trace, failed.as_deref())),
        ),
    ]
    .into_iter()
    .chain(lines(theme))
    .chain(families(theme))
    .chain(flames(theme))
    .chain(maps(theme))
    .collect()
}

fn lines(theme: Theme) -> Vec<(&'static str, String)> {
    let page = |asked: logs::Asked, found| {
        let address = Address::new("/logs").with("service", &asked.service);
        let frame = frame(theme, Section::Logs, "Logs", address);
        let services = vec!["api".to_owned(), "fulfilment".to_owned()];
        html(&logs::Search::new(frame, asked, services, found))
    };
    let opened = logs::Asked {
        row: Some(97),
        ..logs::Asked::default()
    };
    let of_trace = logs::Asked {
        trace: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
        ..logs::Asked::default()
    };
    vec![
        ("logs", page(opened, made_up::logs::found())),
        ("logs-empty", page(of_trace, Default::default())),
    ]
}

fn families(theme: Theme) -> Vec<(&'static str, String)> {
    let page = |show, by: &str, charts: Vec<(String, console::store::Chart)>| {
        let address = Address::new("/metrics").with("family", "x").with("by", by);
        let frame = frame(theme, Section::Metrics, "x", address);
        let asked = metrics::one::Asked {
            show,
            service: "api".to_owned(),
            labels: vec!["http_request_method=GET".to_owned()],
            by: by.to_owned(),
        };
        metrics::one::Page::new(frame, asked, charts).map_or_else(String::new, |page| html(&page))
    };
    let list = |families| {
        let frame = frame(theme, Section::Metrics, "Metrics", Address::new("/metrics"));
        html(&metrics::List::new(
            frame,
            Default::default(),
            Vec::new(),
            families,
        ))
    };
    vec![
        ("metrics", list(made_up::metrics::families())),
        ("metrics-empty", list(Vec::new())),
        (
            "metric",
            page(Show::Quantiles, "", made_up::metrics::quantiles()),
        ),
        (
            "metric-by",
            page(Show::Rate, "http_route", made_up::metrics::by_route()),
        ),
        (
            "metric-gauge",
            page(Show::Value, "service_name", made_up::metrics::memory()),
        ),
        (
            "metric-empty",
            page(Show::Rate, "", made_up::metrics::nothing()),
        ),
    ]
}

fn flames(theme: Theme) -> Vec<(&'static str, String)> {
    let asked = profiles::Asked {
        service: "api".to_owned(),
        kind: "process_cpu:cpu".to_owned(),
        ..profiles::Asked::default()
    };
    let page = |asked: profiles::Asked, graph: Option<console::store::FlameGraph>| {
        let frame = frame(
            theme,
            Section::Profiles,
            "Profiles",
            Address::new("/profiles"),
        );
        let sources = made_up::profiles::sources();
        html(&profiles::Page::new(frame, asked, &sources, graph.as_ref()))
    };
    let difference = profiles::Asked {
        is_difference: true,
        ..asked.clone()
    };
    let span = profiles::Asked {
        span: "00f067aa0ba902b7".to_owned(),
        trace: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
        ..asked.clone()
    };
    let find = profiles::Asked {
        find: "sql".to_owned(),
        focus: "api::cpu::burn".to_owned(),
        ..asked.clone()
    };
    let graph = made_up::profiles::graph;
    vec![
        ("profiles", page(asked, Some(graph(false)))),
        ("profiles-difference", page(difference, Some(graph(true)))),
        ("profiles-find", page(find, Some(graph(false)))),
        ("profiles-span", page(span, None)),
    ]
}

fn maps(theme: Theme) -> Vec<(&'static str, String)> {
    let page = |map| {
        let frame = frame(theme, Section::Map, "Map", Address::new("/map"));
        html(&Map::new(frame, map))
    };
    vec![
        ("map", page(made_up::map::map())),
        ("map-empty", page(Default::default())),
    ]
}

fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| error.to_string())
}

fn frame(theme: Theme, section: Section, title: &str, address: Address) -> Frame {
    let now = jiff::Timestamp::from_nanosecond(i128::from(NOW)).unwrap_or_default();
    let ring = |signal, bytes: usize| StoreStatus {
        signal,
        items: bytes / 500,
        bytes,
        limit_bytes: 64 << 20,
        oldest_unix_nanos: Some(NOW - 900_000_000_000),
        received: 100_000,
        evicted: 0,
        repeated: 0,
        refused: [(
            "too large".to_owned(),
            u64::from(signal == Signal::Logs) * 3,
        )]
        .into(),
    };
    Frame {
        title: title.to_owned(),
        section,
        range: Some(Range::parse(None, None, None, now)),
        address,
        theme,
        hues: Hues::of(["api", "fulfilment"]),
        stores: vec![
            ring(Signal::Traces, 31 << 20),
            ring(Signal::Logs, 12 << 20),
            ring(Signal::Metrics, 7 << 20),
            ring(Signal::Profiles, 900 << 10),
        ],
        refresh: None,
    }
}

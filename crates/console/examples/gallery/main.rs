//! Writes every page in every state, with made-up answers, to look at them: `gallery DIRECTORY`.

use std::path::PathBuf;

use askama::Template;
use console::pages::address::Address;
use console::pages::chart::Hues;
use console::pages::frame::{Frame, Section};
use console::pages::overview::Overview;
use console::pages::range::Range;
use console::pages::theme::Theme;
use console::pages::traces::{Asked, Search, one};
use console::store::{Signal, StoreStatus};

mod made_up;

use made_up::NOW;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: gallery DIRECTORY")?);
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
    let search = Address::new("/traces").with("service", "api").with("min", "100ms");
    let trace = made_up::traces::order();
    let at_trace = || frame(Section::Traces, "POST /api/orders", Address::new("/traces/1"));
    let failed = trace.spans.iter().find(|placed| !placed.span.events.is_empty());
    let failed = failed.map(|placed| placed.span.span_id.clone());
    vec![
        (
            "overview",
            html(&Overview::new(overview(), made_up::overview::services())),
        ),
        ("overview-empty", html(&Overview::new(overview(), Vec::new()))),
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
        refused: vec![("too large".to_owned(), u64::from(signal == Signal::Logs) * 3)],
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

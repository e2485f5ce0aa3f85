//! Lines: the search for them, the newest as they come, and all that a line says.

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::Ask;
use super::chart::Hue;
use super::chart::bars::{Bars, Step};
use super::filters;
use super::frame::{Frame, Section, at};
use super::links;
use super::range::Range;
use super::units::At;
use crate::questions::{self, LogQuery};
use crate::store::{Level, Line, LineBar, Lines};

/// The kinds of the histogram, from the bottom up.
const KINDS: [&str; 3] = ["other", "warn", "error"];

/// Seconds between two looks of a browser without scripts.
const REFRESH: u64 = 3;

/// What was asked for, as the form shows it again.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The service that wrote it.
    pub service: String,
    /// The least serious level.
    pub level: String,
    /// Fields, each as `name=value`.
    pub fields: Vec<String>,
    /// A text in the message or a field.
    pub text: String,
    /// The trace it belongs to.
    pub trace: String,
    /// The span it belongs to.
    pub span: String,
    /// The line to show opened.
    pub row: Option<u64>,
    /// Whether new lines are shown as they come.
    pub is_live: bool,
    /// What could not be understood, in a sentence; empty if all could.
    pub misunderstood: String,
}

/// The search for lines.
#[derive(Debug, Template)]
#[template(path = "logs.html")]
pub struct Search {
    frame: Frame,
    asked: Asked,
    services: Vec<String>,
    levels: [&'static str; 5],
    chart: Option<Bars>,
    rows: Rows,
    total: usize,
    older: Option<Address>,
    live: Address,
    tail: Address,
    trace: Option<Address>,
}

/// Lines alone, as they are put above those that are there.
#[derive(Debug, Template)]
#[template(path = "part/lines.html")]
pub struct Rows {
    rows: Vec<Row>,
    newest: u64,
}

impl askama::filters::HtmlSafe for Rows {}

#[derive(Debug)]
struct Row {
    id: u64,
    at: At,
    level: &'static str,
    service: String,
    hue: Hue,
    message: String,
    fields: Vec<Field>,
    trace: Option<Address>,
    ways: Vec<(Address, &'static str)>,
    is_open: bool,
}

#[derive(Debug)]
struct Field {
    name: String,
    value: String,
    only: Option<Address>,
}

impl Search {
    /// `services` are those that the form offers.
    pub fn new(mut frame: Frame, asked: Asked, services: Vec<String>, found: Lines) -> Self {
        if asked.is_live {
            frame.refresh = Some(REFRESH);
        }
        let view = frame.address.clone().without("before").without("row");
        let live = if asked.is_live {
            view.clone().without("live")
        } else {
            view.clone()
                .without("from")
                .without("to")
                .with("live", "on")
        };
        Self {
            chart: chart(&frame, &found.histogram, &view),
            levels: ["trace", "debug", "info", "warn", "error"],
            total: found.total,
            older: found
                .older
                .map(|older| frame.address.clone().without("live").with("before", older)),
            live,
            tail: relocated(&frame.address, "/logs/tail"),
            trace: (!asked.trace.is_empty()).then(|| links::trace(&asked.trace)),
            rows: Rows::new(&frame, &asked, found),
            frame,
            asked,
            services,
        }
    }
}

impl Rows {
    /// `found` in the words of a page at `frame`.
    pub fn new(frame: &Frame, asked: &Asked, found: Lines) -> Self {
        let view = relocated(&frame.address, "/logs").without("before");
        Self {
            newest: found.newest,
            rows: found
                .lines
                .into_iter()
                .map(|line| {
                    let is_open = asked.row == Some(line.id);
                    Row::new(frame, &view, line, is_open)
                })
                .collect(),
        }
    }
}

impl Row {
    fn new(frame: &Frame, view: &Address, line: Line, is_open: bool) -> Self {
        let ways = ways(&line, view);
        let has_trace = line.is_sampled.unwrap_or(true);
        let trace = line.trace_id.as_deref().filter(|_| has_trace);
        Self {
            id: line.id,
            at: at(line.unix_nanos),
            level: level_name(line.level),
            hue: frame.hues.hue(&line.service),
            trace: trace.map(|id| links::span(id, line.span_id.as_deref())),
            fields: fields(&line, view),
            message: line.message,
            service: line.service,
            ways,
            is_open,
        }
    }
}

fn fields(line: &Line, view: &Address) -> Vec<Field> {
    let ids = [("trace_id", &line.trace_id), ("span_id", &line.span_id)];
    let ids = ids
        .into_iter()
        .filter_map(|(name, id)| Some((name.to_owned(), id.clone()?)))
        .map(|(name, value)| Field {
            only: None,
            name,
            value,
        });
    line.fields
        .iter()
        .map(|(name, value)| Field {
            only: Some(view.clone().and("field", format!("{name}={value}"))),
            name: name.clone(),
            value: value.clone(),
        })
        .chain(ids)
        .collect()
}

fn ways(line: &Line, view: &Address) -> Vec<(Address, &'static str)> {
    let around = around(line.unix_nanos);
    let mut ways = Vec::new();
    if let Some(trace_id) = &line.trace_id {
        if line.is_sampled.unwrap_or(true) {
            let span = links::span(trace_id, line.span_id.as_deref());
            ways.push((span, "Trace of this line"));
        }
        let lines = around.fixed_in(links::logs_of_trace(trace_id));
        ways.push((lines, "Lines of this request"));
    }
    let route = line.field("http.route").unwrap_or_default();
    if !route.is_empty() {
        let method = line.field("http.request.method").unwrap_or_default();
        let metric = links::metric_of_route(&line.service, method, route);
        ways.push((around.fixed_in(metric), "Latency of this route"));
    }
    let profile = links::profile(&line.service, &around);
    ways.push((profile, "Flame graph of these minutes"));
    let itself = around
        .fixed_in(view.clone().without("live"))
        .with("row", line.id);
    ways.push((itself, "Address of this line"));
    ways
}

/// Some minutes around a line.
fn around(unix_nanos: u64) -> Range {
    const MARGIN: u64 = 5 * 60 * 1_000_000_000;
    Range {
        from: at(unix_nanos.saturating_sub(MARGIN)).0,
        to: at(unix_nanos.saturating_add(MARGIN)).0,
        last: None,
    }
}

fn chart(frame: &Frame, histogram: &[LineBar], view: &Address) -> Option<Bars> {
    let range = frame.range.as_ref()?;
    let steps: Vec<Step> = histogram
        .iter()
        .map(|bar| Step {
            range: Range {
                from: at(bar.start_unix_nanos).0,
                to: at(bar.end_unix_nanos).0,
                last: None,
            },
            counts: [bar.other, bar.warn, bar.error]
                .map(|count| count as u64)
                .to_vec(),
        })
        .collect();
    let view = view.clone().without("live");
    (!steps.is_empty()).then(|| {
        let label = "Lines over time by level; a bar opens its time";
        Bars::new(label, range, &KINDS, &steps, &view)
    })
}

fn relocated(address: &Address, path: &str) -> Address {
    let view = Address::new(path);
    let pairs = address.query().iter().filter(|(name, _)| name != "row");
    pairs.fold(view, |view, (name, value)| view.and(name, value))
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Unknown => "–",
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

/// Lines that a page shows.
const SHOWN: usize = 150;

/// `GET /logs`
pub(crate) async fn search(ask: Ask) -> HttpResponse {
    let (asked, found) = look(&ask);
    let frame = ask.frame(Section::Logs, "Logs");
    answer::page(&Search::new(frame, asked, ask.services(), found))
}

/// `GET /logs/tail`: the lines alone that came after those the browser has.
pub(crate) async fn tail(ask: Ask) -> HttpResponse {
    let (asked, found) = look(&ask);
    let frame = ask.frame(Section::Logs, "Logs");
    answer::page(&Rows::new(&frame, &asked, found))
}

fn look(ask: &Ask) -> (Asked, Lines) {
    let params = &ask.params;
    let mut asked = Asked {
        service: params.text("service"),
        level: params.text("level"),
        fields: params.all("field").map(str::to_owned).collect(),
        text: params.text("text"),
        trace: params.text("trace"),
        span: params.text("span"),
        row: params.first("row").and_then(|row| row.parse().ok()),
        is_live: params.first("live").is_some(),
        misunderstood: String::new(),
    };
    let query = params.lines().map(|query| LogQuery {
        window: ask.window(),
        // A line that an address names has to be among those shown.
        before: query.before.or(asked.row.map(|row| row + SHOWN as u64 / 2)),
        limit: SHOWN,
        ..query
    });
    match query {
        Ok(query) => (asked, questions::lines(&ask.store, &query)),
        Err(error) => {
            asked.misunderstood = error.to_string();
            (asked, Lines::default())
        }
    }
}

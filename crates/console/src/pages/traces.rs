//! Requests: the search for them, and what stands in a row of its answer.

pub(crate) mod by_span;
pub mod marks;
pub mod one;
pub mod waterfall;

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::Ask;
use super::chart::lines::{Dot, Lines};
use super::chart::{Hue, Percent};
use super::filters;
use super::frame::{Frame, Section, at};
use super::links;
use super::units::{At, Took};
use crate::questions::{self, TraceQuery};
use crate::store::{TraceSummary, Traces};

/// What was asked for, as the form shows it again.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The service that one span has to be of.
    pub service: String,
    /// Its route.
    pub route: String,
    /// Its name.
    pub name: String,
    /// Its HTTP status, such as `404` or `5xx`.
    pub status: String,
    /// The shortest duration, such as `100ms`.
    pub min: String,
    /// The longest duration.
    pub max: String,
    /// Attributes, each as `name=value`.
    pub attributes: Vec<String>,
    /// A text in a name, an attribute or an event.
    pub text: String,
    /// Whether only traces with errors are wanted.
    pub errors_only: bool,
    /// What could not be understood, in a sentence; empty if all could.
    pub misunderstood: String,
}

/// The search for traces.
#[derive(Debug, Template)]
#[template(path = "traces.html")]
pub struct Search {
    frame: Frame,
    asked: Asked,
    services: Vec<String>,
    routes: Vec<String>,
    chart: Option<Lines>,
    rows: Vec<Row>,
    has_more: bool,
    looked_at: usize,
}

#[derive(Debug)]
struct Row {
    at: At,
    name: String,
    service: String,
    hue: Hue,
    status: Option<i64>,
    took: Took,
    share: Percent,
    spans: usize,
    errors: usize,
    services: Vec<(String, Hue)>,
    is_whole: bool,
    link: Address,
}

impl Search {
    /// `services` and `routes` are those that the form offers.
    pub fn new(
        frame: Frame,
        asked: Asked,
        services: Vec<String>,
        routes: Vec<String>,
        found: Traces,
    ) -> Self {
        let longest = found
            .traces
            .iter()
            .map(|trace| trace.duration_nanos)
            .max()
            .unwrap_or_default();
        Self {
            chart: chart(&frame, &found.traces),
            rows: found
                .traces
                .into_iter()
                .map(|trace| Row::new(&frame, trace, longest))
                .collect(),
            has_more: found.has_more,
            looked_at: found.looked_at,
            frame,
            asked,
            services,
            routes,
        }
    }
}

impl Row {
    fn new(frame: &Frame, trace: TraceSummary, longest: u64) -> Self {
        Self {
            at: at(trace.start_unix_nanos),
            hue: frame.hues.hue(&trace.service),
            status: trace.http_status,
            took: Took::nanos(trace.duration_nanos),
            share: Percent::of(trace.duration_nanos as f64 / longest.max(1) as f64),
            spans: trace.spans,
            errors: trace.errors,
            services: trace
                .services
                .into_iter()
                .map(|service| {
                    let hue = frame.hues.hue(&service);
                    (service, hue)
                })
                .collect(),
            is_whole: trace.is_whole,
            link: links::trace(&trace.trace_id),
            name: trace.name,
            service: trace.service,
        }
    }
}

fn chart(frame: &Frame, traces: &[TraceSummary]) -> Option<Lines> {
    let range = frame.range.as_ref()?;
    if traces.is_empty() {
        return None;
    }
    let dots: Vec<Dot> = traces
        .iter()
        .map(|trace| {
            let took = Took::nanos(trace.duration_nanos);
            let when = at(trace.start_unix_nanos);
            let failed = if trace.errors > 0 { ", failed" } else { "" };
            Dot {
                x: range.place(when.0),
                value: took.0,
                hue: frame.hues.hue(&trace.service),
                failed: trace.errors > 0,
                link: links::trace(&trace.trace_id),
                title: format!("{} {}, {took}{failed}, {when}", trace.service, trace.name),
            }
        })
        .collect();
    Some(Lines::scatter(
        "Duration of each trace over time; a dot opens its trace",
        range,
        &dots,
    ))
}

/// Traces that a page shows.
const SHOWN: usize = 100;

/// `GET /traces`
pub(crate) async fn search(ask: Ask) -> HttpResponse {
    let params = &ask.params;
    let mut asked = Asked {
        service: params.text("service"),
        route: params.text("route"),
        name: params.text("name"),
        status: params.text("status"),
        min: params.text("min"),
        max: params.text("max"),
        attributes: params.all("attribute").map(str::to_owned).collect(),
        text: params.text("text"),
        errors_only: params.first("errors").is_some(),
        misunderstood: String::new(),
    };
    let found = match params.traces() {
        Ok(query) => questions::traces(
            &ask.store,
            &TraceQuery {
                window: ask.window(),
                limit: SHOWN,
                ..query
            },
        ),
        Err(error) => {
            asked.misunderstood = error.to_string();
            Traces::default()
        }
    };
    let mut routes: Vec<String> = found
        .traces
        .iter()
        .filter_map(|trace| trace.route.clone())
        .collect();
    routes.sort();
    routes.dedup();
    let frame = ask.frame(Section::Traces, "Traces");
    answer::page(&Search::new(frame, asked, ask.services(), routes, found))
}

//! One family: its chart, what tells its lines apart, and the requests behind its points.

mod choices;
mod lines;
mod show;

use actix_web::HttpResponse;
use askama::Template;

use crate::pages::address::Address;
use crate::pages::answer::{self, Failure};
use crate::pages::ask::Ask;
use crate::pages::chart::Hue;
use crate::pages::chart::lines::{Lines, Series as Drawn};
use crate::pages::filters;
use crate::pages::frame::{Frame, Section, at};
use crate::pages::links;
use crate::pages::metrics::kind_name;
use crate::pages::range::Range;
use crate::pages::units::Unit;
use crate::questions::{self, MetricQuery, View};
use crate::store::{Chart, Family, Series};
use choices::{Choice, bys, only, services, shows};
use lines::{Row, dots, drawn, label_asked, line_name, row};
pub use show::Show;

/// The label of the service itself, by which lines are told apart if nobody says otherwise.
const SERVICE: &str = "service_name";
/// Lines for each label set.
const EACH: &str = "series";

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is shown.
    pub show: Show,
    /// The service; empty for all.
    pub service: String,
    /// Labels that a series needs, each as `name=value`.
    pub labels: Vec<String>,
    /// The label by which lines are told apart; empty for the service.
    pub by: String,
}

/// One family.
#[derive(Debug, Template)]
#[template(path = "metric.html")]
pub struct Page {
    frame: Frame,
    family: Family,
    kind: &'static str,
    shows: Vec<Choice>,
    bys: Vec<Choice>,
    only: Vec<Choice>,
    services: Vec<Choice>,
    chart: Lines,
    unit: String,
    rows: Vec<Row>,
    left_out: usize,
    exemplars: usize,
    traces: Option<Address>,
}

impl Page {
    /// `charts` are the answers, one for each quantile asked for, each with the name of its lines.
    pub fn new(frame: Frame, asked: Asked, charts: Vec<(String, Chart)>) -> Option<Self> {
        let (_, first) = charts.first()?;
        let range = Range {
            from: at(first.from_unix_nanos).0,
            to: at(first.to_unix_nanos).0,
            last: None,
        };
        let family = first.family.clone();
        let unit_words = first.unit.clone();
        let left_out = charts.iter().map(|(_, chart)| chart.left_out).max();
        let unit = Unit::named(&unit_words);
        let is_request = family.name == links::REQUESTS;
        let lines: Vec<(String, Hue, &Series)> = charts
            .iter()
            .flat_map(|(name, chart)| chart.series.iter().map(move |series| (name, series)))
            .enumerate()
            .map(|(i, (name, series))| (line_name(name, &series.labels), Hue(i), series))
            .collect();
        let dots = if asked.show.quantiles().is_empty() {
            Vec::new()
        } else {
            dots(&range, unit, &first.exemplars)
        };
        let drawn: Vec<Drawn> = lines
            .iter()
            .map(|(name, hue, series)| drawn(name, *hue, series, &range))
            .collect();
        let label = format!("{} of {} over time", asked.show.name(), family.name);
        Some(Self {
            chart: Lines::new(&label, &range, unit, &drawn, &dots).tall(),
            exemplars: dots.len(),
            rows: lines
                .into_iter()
                .map(|(name, hue, series)| row(&frame, &asked, name, hue, series, unit, is_request))
                .collect(),
            shows: shows(&frame, &asked, family.kind),
            bys: bys(&frame, &asked, &family.labels),
            only: only(&frame, &asked),
            services: services(&frame, &asked, &family.services),
            kind: kind_name(family.kind),
            traces: is_request.then(|| {
                let route = label_asked(&asked, "http_route").unwrap_or_default();
                frame.timed(links::traces(&asked.service, route))
            }),
            unit: unit_words,
            left_out: left_out.unwrap_or_default(),
            family,
            frame,
        })
    }
}

/// Points of a line.
const POINTS: usize = 120;
/// Lines of a chart that can still be told apart.
const LINES: usize = 8;

/// `GET /metrics?family=`
pub(crate) fn show(ask: &Ask, name: &str) -> HttpResponse {
    let params = &ask.params;
    let mut frame = ask.frame(Section::Metrics, name);
    let families = questions::families(&ask.store, "");
    let Some(family) = families.iter().find(|family| family.name == name) else {
        "No such family".clone_into(&mut frame.title);
        return Failure::not_found(frame, "Nobody has sent a family of this name.");
    };
    let asked = Asked {
        show: Show::named(&params.text("show"), family.kind),
        service: params.text("service"),
        labels: params.all("label").map(str::to_owned).collect(),
        by: params.text("by"),
    };
    let views: Vec<(String, View)> = match (asked.show, asked.show.quantiles()) {
        (Show::Rate, _) => vec![(String::new(), View::Rate)],
        (Show::Value, _) => vec![(String::new(), View::Value)],
        (_, quantiles) => quantiles
            .iter()
            .map(|share| (format!("p{:.0}", share * 100.0), View::Quantile(*share)))
            .collect(),
    };
    let charts = views
        .into_iter()
        .filter_map(|(lines, view)| {
            let query = query(&asked, name, view, ask);
            Some((lines, questions::chart(&ask.store, &query)?))
        })
        .collect();
    match Page::new(frame.clone(), asked, charts) {
        Some(page) => answer::page(&page),
        None => Failure::not_found(frame, "This family is no longer here."),
    }
}

fn query(asked: &Asked, family: &str, view: View, ask: &Ask) -> MetricQuery {
    let service = (!asked.service.is_empty()).then(|| (SERVICE.to_owned(), asked.service.clone()));
    let labels = asked
        .labels
        .iter()
        .filter_map(|label| label.split_once('='));
    let labels = labels.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    MetricQuery {
        family: family.to_owned(),
        view,
        labels: service.into_iter().chain(labels).collect(),
        by: match asked.by.as_str() {
            "" => vec![SERVICE.to_owned()],
            EACH => Vec::new(),
            by => vec![by.to_owned()],
        },
        window: ask.window(),
        points: POINTS,
        limit: LINES,
    }
}

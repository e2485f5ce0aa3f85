//! One family: its chart, what tells its lines apart, and the requests behind its points.

use actix_web::HttpResponse;
use askama::Template;

use crate::pages::address::Address;
use crate::pages::answer::{self, Failure};
use crate::pages::ask::Ask;
use crate::pages::chart::Hue;
use crate::pages::chart::lines::{self, Dot, Lines};
use crate::pages::filters;
use crate::pages::frame::{Frame, Section, at};
use crate::pages::links;
use crate::pages::metrics::kind_name;
use crate::pages::range::Range;
use crate::pages::units::Unit;
use crate::questions::{self, MetricQuery, View};
use crate::store::{Chart, Exemplar, Family, FamilyKind, Labels, Series};

/// The label of the service itself, by which lines are told apart if nobody says otherwise.
const SERVICE: &str = "service_name";
/// Lines for each label set.
const EACH: &str = "series";
/// Dots of one chart; more hide each other.
const DOTS: usize = 300;

/// What the chart shows of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// How much more it is each second.
    Rate,
    /// Half, 95 and 99 of 100, beside each other.
    Quantiles,
    /// Half of all are at most this.
    P50,
    /// 95 of 100 are at most this.
    P95,
    /// 99 of 100 are at most this.
    P99,
    /// The value itself.
    Value,
}

impl Show {
    const ALL: [Self; 6] = [
        Self::Rate,
        Self::Quantiles,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::Value,
    ];

    /// What `name` says, if it can be shown of this type; else what is usual for it.
    pub fn named(name: &str, kind: FamilyKind) -> Self {
        let offered = Self::offered(kind);
        let asked = Self::ALL.into_iter().find(|show| show.name() == name);
        asked
            .filter(|show| offered.contains(show))
            .unwrap_or(offered[0])
    }

    /// What can be shown of a type, the usual first.
    pub fn offered(kind: FamilyKind) -> &'static [Self] {
        match kind {
            FamilyKind::Counter => &[Self::Rate, Self::Value],
            FamilyKind::Histogram => {
                &[Self::Quantiles, Self::P50, Self::P95, Self::P99, Self::Rate]
            }
            FamilyKind::Gauge | FamilyKind::Summary | FamilyKind::Info | FamilyKind::Unknown => {
                &[Self::Value]
            }
        }
    }

    /// As addresses say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Quantiles => "quantiles",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Value => "value",
        }
    }

    /// The quantiles that have to be computed, from 0 to 1; none if it is no quantile.
    pub fn quantiles(self) -> &'static [f64] {
        match self {
            Self::Quantiles => &[0.5, 0.95, 0.99],
            Self::P50 => &[0.5],
            Self::P95 => &[0.95],
            Self::P99 => &[0.99],
            Self::Rate | Self::Value => &[],
        }
    }
}

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

/// One choice of several.
#[derive(Debug)]
struct Choice {
    name: String,
    link: Address,
    is_here: bool,
}

/// One line of the chart in words.
#[derive(Debug)]
struct Row {
    name: String,
    hue: Hue,
    last: String,
    least: String,
    mean: String,
    most: String,
    only: Option<Address>,
    traces: Option<Address>,
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
        let drawn: Vec<lines::Series> = lines
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

fn line_name(chart: &str, labels: &Labels) -> String {
    let labels: Vec<&str> = labels
        .values()
        .map(|value| if value.is_empty() { "none" } else { value })
        .collect();
    match (chart.is_empty(), labels.is_empty()) {
        (false, true) => chart.to_owned(),
        (false, false) => format!("{chart} {}", labels.join(" ")),
        (true, true) => "all".to_owned(),
        (true, false) => labels.join(" "),
    }
}

fn drawn(name: &str, hue: Hue, series: &Series, range: &Range) -> lines::Series {
    lines::Series {
        name: name.to_owned(),
        hue,
        points: series
            .points
            .iter()
            .map(|point| (range.place(at(point.unix_nanos).0), point.value))
            .collect(),
    }
}

fn dots(range: &Range, unit: Unit, exemplars: &[Exemplar]) -> Vec<Dot> {
    let inside = exemplars
        .iter()
        .filter(|exemplar| (0.0..=1.0).contains(&range.place(at(exemplar.unix_nanos).0)));
    let mut dots: Vec<Dot> = inside.map(|exemplar| dot(range, unit, exemplar)).collect();
    // The slowest are those that somebody looks for.
    dots.sort_by(|a, b| b.value.total_cmp(&a.value));
    dots.truncate(DOTS);
    dots
}

fn dot(range: &Range, unit: Unit, exemplar: &Exemplar) -> Dot {
    let when = at(exemplar.unix_nanos);
    let labels: Vec<&str> = exemplar
        .labels
        .values()
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .collect();
    let label = |wanted: &str| {
        let found = exemplar.labels.iter().find(|(name, _)| *name == wanted);
        found.map_or("", |(_, value)| value.as_str())
    };
    Dot {
        x: range.place(when.0),
        value: exemplar.value,
        hue: Hue(7),
        failed: !label("error_type").is_empty()
            || label("http_response_status_code").starts_with('5'),
        link: links::span(&exemplar.trace_id, exemplar.span_id.as_deref()),
        title: format!(
            "{} at {when}: {}",
            unit.show(exemplar.value),
            labels.join(" ")
        ),
    }
}

fn row(
    frame: &Frame,
    asked: &Asked,
    name: String,
    hue: Hue,
    series: &Series,
    unit: Unit,
    is_request: bool,
) -> Row {
    let values: Vec<f64> = series
        .points
        .iter()
        .filter_map(|point| point.value)
        .collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| unit.show(value));
    let label = |wanted: &str| {
        let found = series.labels.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let service = label(SERVICE).unwrap_or(&asked.service);
    let route = label("http_route").or_else(|| label_asked(asked, "http_route"));
    Row {
        last: show(values.last().copied()),
        least: show(values.iter().copied().reduce(f64::min)),
        mean: show((!values.is_empty()).then_some(mean)),
        most: show(values.iter().copied().reduce(f64::max)),
        only: (!series.labels.is_empty()).then(|| {
            let address = frame.address.clone().without("by");
            let labels = series.labels.iter();
            labels.fold(address, |address, (name, value)| match name.as_str() {
                SERVICE => address.with("service", value),
                name => links::labelled(address, name, value),
            })
        }),
        traces: is_request.then(|| frame.timed(links::traces(service, route.unwrap_or_default()))),
        name,
        hue,
    }
}

fn label_asked<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked
        .labels
        .iter()
        .filter_map(|label| label.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn shows(frame: &Frame, asked: &Asked, kind: FamilyKind) -> Vec<Choice> {
    Show::offered(kind)
        .iter()
        .map(|show| Choice {
            name: show.name().to_owned(),
            link: frame.address.clone().with("show", show.name()),
            is_here: *show == asked.show,
        })
        .collect()
}

fn bys(frame: &Frame, asked: &Asked, labels: &[String]) -> Vec<Choice> {
    [("service", "")]
        .into_iter()
        .chain(labels.iter().map(|label| (label.as_str(), label.as_str())))
        .chain([("each series", EACH)])
        .map(|(name, by)| Choice {
            name: name.to_owned(),
            link: frame.address.clone().with("by", by),
            is_here: by == asked.by,
        })
        .collect()
}

fn only(frame: &Frame, asked: &Asked) -> Vec<Choice> {
    asked
        .labels
        .iter()
        .map(|label| Choice {
            name: label.clone(),
            link: frame.address.clone().without_value("label", label),
            is_here: true,
        })
        .collect()
}

fn services(frame: &Frame, asked: &Asked, services: &[String]) -> Vec<Choice> {
    std::iter::once("")
        .chain(services.iter().map(String::as_str))
        .map(|service| Choice {
            name: if service.is_empty() { "all" } else { service }.to_owned(),
            link: frame.address.clone().with("service", service),
            is_here: service == asked.service,
        })
        .collect()
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

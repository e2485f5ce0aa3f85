//! The lines of the chart and its dots, and the same lines in words.

use super::{Asked, SERVICE};
use crate::pages::address::Address;
use crate::pages::chart::Hue;
use crate::pages::chart::lines::{self, Dot};
use crate::pages::frame::{Frame, at};
use crate::pages::links;
use crate::pages::range::Range;
use crate::pages::units::Unit;
use crate::store::{Exemplar, Labels, Series};

/// Dots of one chart; more hide each other.
const DOTS: usize = 300;

/// One line of the chart in words.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) hue: Hue,
    pub(crate) last: String,
    pub(crate) least: String,
    pub(crate) mean: String,
    pub(crate) most: String,
    pub(crate) only: Option<Address>,
    pub(crate) traces: Option<Address>,
}

pub(super) fn line_name(chart: &str, labels: &Labels) -> String {
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

pub(super) fn drawn(name: &str, hue: Hue, series: &Series, range: &Range) -> lines::Series {
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

pub(super) fn dots(range: &Range, unit: Unit, exemplars: &[Exemplar]) -> Vec<Dot> {
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

pub(super) fn row(
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

pub(super) fn label_asked<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked
        .labels
        .iter()
        .filter_map(|label| label.split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

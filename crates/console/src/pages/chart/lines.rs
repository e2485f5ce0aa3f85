//! Values over time as lines, and single requests as dots that open them.

use askama::Template;
use askama::filters::HtmlSafe;

use super::axis::{Decades, Scale, Tick, times};
use super::{Hue, Percent};
use crate::pages::address::Address;
use crate::pages::range::Range;
use crate::pages::units::Unit;

/// How fine the drawing board of a line is; it is stretched to the width of the chart.
const BOARD: f64 = 10_000.0;

/// One line, by its points in order of time; a point without a value is a gap.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub hue: Hue,
    /// When, from 0 to 1 of the time shown, and how much.
    pub points: Vec<(f64, Option<f64>)>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Dot {
    /// When, from 0 to 1 of the time shown.
    pub x: f64,
    /// How much.
    pub value: f64,
    /// Its colour.
    pub hue: Hue,
    /// Whether it failed.
    pub failed: bool,
    /// What opens.
    pub link: Address,
    /// What it is, in words.
    pub title: String,
}

/// A chart with a time axis.
#[derive(Clone, Debug, Template)]
#[template(path = "chart/lines.html")]
pub struct Lines {
    label: String,
    y: Vec<Tick>,
    x: Vec<Tick>,
    lines: Vec<Line>,
    dots: Vec<Placed>,
    height: &'static str,
}

impl HtmlSafe for Lines {}

#[derive(Clone, Debug)]
struct Line {
    hue: Hue,
    path: String,
    /// Points with gaps on both sides, which no line would show.
    lone: Vec<(Percent, Percent)>,
}

#[derive(Clone, Debug)]
struct Placed {
    x: Percent,
    y: Percent,
    hue: Hue,
    failed: bool,
    link: Address,
    title: String,
}

impl Lines {
    /// Lines and dots on one scale that begins at zero.
    pub fn new(label: &str, range: &Range, unit: Unit, series: &[Series], dots: &[Dot]) -> Self {
        let values = series
            .iter()
            .flat_map(|series| series.points.iter().filter_map(|(_, value)| *value))
            .chain(dots.iter().map(|dot| dot.value));
        let scale = Scale::linear(values, unit);
        Self {
            label: label.to_owned(),
            x: times(range),
            lines: series
                .iter()
                .map(|series| line(series, &|value| scale.place(value)))
                .collect(),
            dots: placed(dots, &|value| scale.place(value)),
            y: scale.ticks,
            height: "",
        }
    }

    /// Durations as dots alone, on a scale of powers of ten.
    pub fn scatter(label: &str, range: &Range, dots: &[Dot]) -> Self {
        let scale = Decades::durations(dots.iter().map(|dot| dot.value));
        Self {
            label: label.to_owned(),
            x: times(range),
            lines: Vec::new(),
            dots: placed(dots, &|value| scale.place(value)),
            y: scale.ticks,
            height: "",
        }
    }

    /// The chart that its page is about.
    #[must_use]
    pub fn tall(mut self) -> Self {
        self.height = "tall";
        self
    }

    /// A chart beside what its page is about.
    #[must_use]
    pub fn low(mut self) -> Self {
        self.height = "low";
        self
    }
}

fn line(series: &Series, place: &dyn Fn(f64) -> f64) -> Line {
    let mut path = String::new();
    let mut lone = Vec::new();
    for run in series.points.split(|(_, value)| value.is_none()) {
        if let [(x, Some(value))] = run {
            lone.push((Percent::of(*x), Percent::of(place(*value))));
        }
        for (i, (x, value)) in run.iter().enumerate() {
            let Some(value) = value else { continue };
            let (x, y) = (x * BOARD, place(*value) * BOARD);
            if x.is_finite() && y.is_finite() {
                let pen = if i == 0 { 'M' } else { 'L' };
                path.push_str(&format!("{pen}{x:.0} {y:.0}"));
            }
        }
    }
    Line {
        hue: series.hue,
        path,
        lone,
    }
}

fn placed(dots: &[Dot], place: &dyn Fn(f64) -> f64) -> Vec<Placed> {
    dots.iter()
        .map(|dot| Placed {
            x: Percent::of(dot.x),
            y: Percent::of(place(dot.value)),
            hue: dot.hue,
            failed: dot.failed,
            link: dot.link.clone(),
            title: dot.title.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use jiff::Timestamp;

    use super::{Address, Dot, Hue, Lines, Range, Series, Unit};

    fn range() -> Range {
        Range::parse(None, None, None, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_gap_is_a_gap_and_a_lone_point_a_point() {
        let series = Series {
            name: "p99".to_owned(),
            hue: Hue(0),
            points: vec![
                (0.0, Some(1.0)),
                (0.2, Some(2.0)),
                (0.4, None),
                (0.6, Some(1.0)),
                (0.8, None),
            ],
        };

        let chart = Lines::new("p99", &range(), Unit::Seconds, &[series], &[]);

        assert_eq!(chart.lines[0].path.matches('M').count(), 2);
        assert_eq!(chart.lines[0].lone.len(), 1);
    }

    #[test]
    fn a_dot_is_a_link_and_its_words_are_words() {
        let dot = Dot {
            x: 0.5,
            value: 0.2,
            hue: Hue(1),
            failed: true,
            link: Address::new("/traces/4bf92f3577b34da6a3ce929d0e0e4736"),
            title: "<b>GET</b>".to_owned(),
        };

        let html = Lines::scatter("traces", &range(), &[dot]).render().unwrap();

        assert!(html.contains(r#"href="/traces/4bf92f3577b34da6a3ce929d0e0e4736""#));
        assert!(!html.contains("<b>"), "{html}");
    }
}

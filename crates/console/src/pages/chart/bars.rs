//! How many there were over time, stacked by kind; a bar opens its time.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Percent;
use super::axis::{Scale, Tick, times};
use crate::pages::address::Address;
use crate::pages::range::Range;
use crate::pages::units::{At, Count, Unit};

/// What lies in one step of time.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its time.
    pub range: Range,
    /// How many of each kind, in the order of the kinds.
    pub counts: Vec<u64>,
}

/// A histogram over time.
#[derive(Clone, Debug, Template)]
#[template(path = "chart/bars.html")]
pub struct Bars {
    label: String,
    y: Vec<Tick>,
    x: Vec<Tick>,
    bars: Vec<Bar>,
}

impl HtmlSafe for Bars {}

#[derive(Clone, Debug)]
struct Bar {
    x: Percent,
    width: Percent,
    link: Address,
    title: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    class: String,
    y: Percent,
    height: Percent,
}

impl Bars {
    /// `kinds` from the bottom up, each a class of the style sheet; `view` is the page that a bar opens at its time.
    pub fn new(label: &str, range: &Range, kinds: &[&str], steps: &[Step], view: &Address) -> Self {
        let highest = steps.iter().map(|step| step.counts.iter().sum::<u64>());
        let scale = Scale::linear(highest.map(|count| count as f64), Unit::Number);
        Self {
            label: label.to_owned(),
            x: times(range),
            bars: steps
                .iter()
                .filter(|step| step.counts.iter().any(|count| *count > 0))
                .map(|step| bar(step, range, kinds, &scale, view))
                .collect(),
            y: scale.ticks,
        }
    }
}

fn bar(step: &Step, range: &Range, kinds: &[&str], scale: &Scale, view: &Address) -> Bar {
    let mut below = 0;
    let mut parts = Vec::new();
    let mut title = format!(
        "{} to {}",
        At(step.range.from).seconds(),
        At(step.range.to).seconds()
    );
    for (kind, count) in kinds
        .iter()
        .zip(&step.counts)
        .filter(|(_, count)| **count > 0)
    {
        below += count;
        let share = *count as f64 / scale.top;
        parts.push(Part {
            class: (*kind).to_owned(),
            y: Percent::of(scale.place(below as f64)),
            height: Percent::of(share),
        });
        title.push_str(&format!(", {} {kind}", Count(*count)));
    }
    let (begin, end) = (range.place(step.range.from), range.place(step.range.to));
    Bar {
        x: Percent::of(begin),
        // A fifth stays free, so that neighbours are told apart.
        width: Percent::of((end.min(1.0) - begin.max(0.0)) * 0.8),
        link: step.range.fixed_in(view.clone()),
        title,
        parts,
    }
}

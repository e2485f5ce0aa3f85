//! Where the time of a CPU, or memory, went: of a service, of one span, now and before.

pub mod flame;

use actix_web::HttpResponse;
use askama::Template;

use super::address::Address;
use super::answer;
use super::ask::{Ask, window};
use super::chart::lines::{Lines, Series};
use super::chart::{Hue, Percent};
use super::filters;
use super::frame::{Frame, Section, at};
use super::links;
use super::units::{Share, Unit};
use crate::questions::{self, ProfileQuery};
use crate::store::{FlameGraph, ProfileSummary, TopRow};
use flame::Flame;

/// Functions of the table.
const TOP: usize = 60;

/// What was asked for, as the form shows it again.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The service; empty for the first one.
    pub service: String,
    /// The type; empty for the first one.
    pub kind: String,
    /// The span that samples have to be of.
    pub span: String,
    /// Its trace, if the address says it.
    pub trace: String,
    /// The function that is as wide as the graph.
    pub focus: String,
    /// A text in names of functions.
    pub find: String,
    /// Whether the time before is compared with.
    pub is_difference: bool,
    /// What could not be understood, in a sentence; empty if all could.
    pub misunderstood: String,
}

/// A flame graph and what it was made of.
#[derive(Debug, Template)]
#[template(path = "profiles.html")]
pub struct Page {
    frame: Frame,
    asked: Asked,
    sources: Vec<Source>,
    chart: Option<Lines>,
    graph: Option<Graph>,
    view: Address,
    before: String,
    difference: Address,
    whole: Address,
    logs: Address,
    trace: Option<Address>,
}

/// What can be looked at.
#[derive(Debug)]
struct Source {
    service: String,
    hue: Hue,
    kind: String,
    total: String,
    profiles: usize,
    link: Address,
    is_here: bool,
}

#[derive(Debug)]
struct Graph {
    flame: Flame,
    total: String,
    before: Option<String>,
    top: Vec<Row>,
    found: Option<Share>,
}

#[derive(Debug)]
struct Row {
    name: String,
    short: String,
    link: Address,
    own: String,
    own_share: Share,
    total: String,
    total_share: Share,
    bar: Percent,
    change: Option<Change>,
    is_found: bool,
}

#[derive(Debug)]
struct Change {
    words: String,
    class: &'static str,
}

impl Page {
    /// `sources` is all there is in this time, `graph` the one that was asked for, if it has samples.
    pub fn new(
        frame: Frame,
        asked: Asked,
        sources: &[ProfileSummary],
        graph: Option<&FlameGraph>,
    ) -> Self {
        let here = sources
            .iter()
            .find(|source| source.service == asked.service && source.kind == asked.kind);
        let view = frame.address.clone();
        Self {
            chart: here
                .filter(|_| asked.span.is_empty())
                .and_then(|source| chart(&frame, source)),
            sources: sources
                .iter()
                .map(|source| Source::new(&frame, &asked, source))
                .collect(),
            graph: graph
                .filter(|graph| graph.total > 0)
                .map(|graph| Graph::new(graph, &view, &asked)),
            before: frame
                .range
                .as_ref()
                .map(|range| range.before().words())
                .unwrap_or_default(),
            difference: if asked.is_difference {
                view.clone().without("against")
            } else {
                view.clone().with("against", "before")
            },
            whole: view
                .clone()
                .without("span")
                .without("trace")
                .without("focus"),
            logs: frame.timed(if asked.trace.is_empty() {
                links::logs(&asked.service)
            } else {
                links::logs_of_span(&asked.trace, &asked.span)
            }),
            trace: way_back(&asked),
            view,
            frame,
            asked,
        }
    }
}

/// To the span whose samples these are.
fn way_back(asked: &Asked) -> Option<Address> {
    if asked.span.is_empty() {
        return None;
    }
    if asked.trace.is_empty() {
        return Some(Address::new(format!("/spans/{}", asked.span)));
    }
    Some(links::span(&asked.trace, Some(&asked.span)))
}

impl Source {
    fn new(frame: &Frame, asked: &Asked, source: &ProfileSummary) -> Self {
        let address = Address::new("/profiles")
            .with("service", &source.service)
            .with("type", &source.kind);
        Self {
            hue: frame.hues.hue(&source.service),
            total: Unit::named(&source.unit).show(source.total as f64),
            profiles: source.profiles,
            link: frame.timed(address),
            is_here: source.service == asked.service && source.kind == asked.kind,
            service: source.service.clone(),
            kind: source.kind.clone(),
        }
    }
}

impl Graph {
    fn new(graph: &FlameGraph, view: &Address, asked: &Asked) -> Self {
        let unit = Unit::named(&graph.unit);
        let find = asked.find.to_lowercase();
        let largest = graph.top.iter().map(|row| row.cost.own).max();
        Self {
            flame: Flame::new(graph, view, &asked.focus, &asked.find),
            total: unit.show(graph.total as f64),
            before: graph.baseline_total.map(|total| unit.show(total as f64)),
            found: (!find.is_empty()).then(|| found(graph, &find)),
            top: graph
                .top
                .iter()
                .filter(|row| row.name.to_lowercase().contains(&find))
                .take(TOP)
                .map(|row| Row::new(graph, row, unit, view, largest.unwrap_or_default(), &find))
                .collect(),
        }
    }
}

impl Row {
    fn new(
        graph: &FlameGraph,
        row: &TopRow,
        unit: Unit,
        view: &Address,
        largest: i64,
        find: &str,
    ) -> Self {
        let share = |cost: i64, of: i64| cost as f64 / of.max(1) as f64;
        let total_share = share(row.cost.total, graph.total);
        Self {
            short: flame::short(&row.name).to_owned(),
            link: view.clone().with("focus", &row.name),
            own: unit.show(row.cost.own as f64),
            own_share: Share(share(row.cost.own, graph.total)),
            total: unit.show(row.cost.total as f64),
            total_share: Share(total_share),
            bar: Percent::of(share(row.cost.own, largest)),
            change: row.baseline.map(|baseline| {
                let before = share(baseline.total, graph.baseline_total.unwrap_or_default());
                Change::of(total_share - before)
            }),
            is_found: !find.is_empty(),
            name: row.name.clone(),
        }
    }
}

impl Change {
    fn of(by: f64) -> Self {
        let points = by * 100.0;
        if points.abs() < 0.05 {
            return Self {
                words: "same".to_owned(),
                class: "quiet",
            };
        }
        Self {
            words: format!("{points:+.1}\u{a0}points"),
            class: if by > 0.0 { "bad" } else { "good" },
        }
    }
}

/// What all stacks with such a function cost, each once.
fn found(graph: &FlameGraph, find: &str) -> Share {
    let mut inside = None;
    let mut cost = 0;
    for frame in &graph.frames {
        if inside.is_some_and(|depth| frame.depth > depth) {
            continue;
        }
        inside = None;
        if frame.depth > 0 && frame.name.to_lowercase().contains(find) {
            inside = Some(frame.depth);
            cost += frame.cost.total;
        }
    }
    Share(cost as f64 / graph.total.max(1) as f64)
}

/// Between two pushes of a service; finer steps would show gaps that are none.
const PUSH_SECONDS: f64 = 10.0;

fn chart(frame: &Frame, source: &ProfileSummary) -> Option<Lines> {
    let range = frame.range.as_ref()?;
    let step = range.length().as_secs_f64() / source.over_time.len().max(1) as f64;
    let together = (PUSH_SECONDS / step).ceil().max(1.0) as usize;
    let points = source
        .over_time
        .chunks_exact(together)
        .filter_map(|points| {
            let first = points.first()?;
            let sum: f64 = points.iter().filter_map(|point| point.value).sum();
            Some((range.place(at(first.unix_nanos).0), Some(sum)))
        });
    let series = Series {
        name: source.kind.clone(),
        hue: frame.hues.hue(&source.service),
        points: points.collect(),
    };
    let label = format!("{} of {} over time", source.kind, source.service);
    let unit = Unit::named(&source.unit);
    (!series.points.is_empty())
        .then(|| Lines::new(&label, range, unit, std::slice::from_ref(&series), &[]).low())
}

/// `GET /profiles`
pub(crate) async fn show(ask: Ask) -> HttpResponse {
    let params = &ask.params;
    let sources = questions::profiles(&ask.store, ask.window());
    let mut asked = Asked {
        service: params.text("service"),
        kind: params.text("type"),
        span: params.text("span"),
        trace: params.text("trace"),
        focus: params.text("focus"),
        find: params.text("find"),
        is_difference: params.first("against").is_some(),
        misunderstood: String::new(),
    };
    choose(&mut asked, &sources);
    let graph = match params.profile() {
        Ok(query) => questions::flame_graph(
            &ask.store,
            &ProfileQuery {
                service: asked.service.clone(),
                kind: asked.kind.clone(),
                window: ask.window(),
                baseline: asked.is_difference.then(|| window(&ask.range.before())),
                ..query
            },
        ),
        Err(error) => {
            asked.misunderstood = error.to_string();
            None
        }
    };
    let frame = ask.frame(Section::Profiles, "Profiles");
    answer::page(&Page::new(frame, asked, &sources, graph.as_ref()))
}

/// What is looked at when nobody says: the busiest service; of a service, its time on the CPU.
fn choose(asked: &mut Asked, sources: &[ProfileSummary]) {
    let usual = sources
        .iter()
        .filter(|source| asked.service.is_empty() || source.service == asked.service)
        .filter(|source| asked.kind.is_empty() || source.kind == asked.kind)
        .max_by_key(|source| (source.kind.contains("cpu"), source.total));
    if let Some(usual) = usual {
        asked.service.clone_from(&usual.service);
        asked.kind.clone_from(&usual.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::{FlameGraph, Share, found};
    use crate::store::{Frame, FrameCost};

    #[test]
    fn a_function_inside_another_that_matches_counts_once() {
        let frame = |name: &str, depth, total| Frame {
            name: name.to_owned(),
            depth,
            offset: 0,
            cost: FrameCost { total, own: 0 },
            baseline: None,
        };
        let graph = FlameGraph {
            service: String::new(),
            kind: String::new(),
            unit: String::new(),
            total: 100,
            baseline_total: None,
            frames: vec![
                frame("total", 0, 100),
                frame("burn", 1, 50),
                frame("x", 2, 50),
                frame("burn", 3, 40),
                frame("idle", 1, 30),
                frame("burn", 2, 10),
            ],
            top: Vec::new(),
            labels: Default::default(),
        };

        assert_eq!(found(&graph, "burn"), Share(0.6));
    }
}

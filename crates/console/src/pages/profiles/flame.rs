//! The flame graph: a caller above those it calls, each as wide as what it costs, each a link into itself.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::pages::address::Address;
use crate::pages::chart::Percent;
use crate::pages::filters;
use crate::pages::units::{Share, Unit};
use crate::store::{FlameGraph, Frame};

/// Height of a frame, in pixels.
const ROW: usize = 20;
/// Narrower than this share of the width nobody sees it.
const NARROWEST: f64 = 0.0005;
/// Narrower than this share there is no room for a word.
const LEGIBLE: f64 = 0.012;
/// Deeper than this nobody scrolls.
const DEEPEST: usize = 160;

/// A flame graph with places.
#[derive(Debug, Template)]
#[template(path = "part/flame.html")]
pub struct Flame {
    height: usize,
    cells: Vec<Cell>,
    hidden: usize,
}

impl HtmlSafe for Flame {}

#[derive(Debug)]
struct Cell {
    x: Percent,
    width: Percent,
    y: usize,
    class: String,
    short: String,
    title: String,
    link: Address,
    has_room: bool,
    is_found: bool,
}

impl Flame {
    /// Of `graph`, with the function `focus` as wide as all of it and those with `find` in their name marked.
    pub fn new(graph: &FlameGraph, view: &Address, focus: &str, find: &str) -> Self {
        let unit = Unit::named(&graph.unit);
        let shown = shown(&graph.frames, focus);
        let find = find.to_lowercase();
        let mut hidden = 0;
        let mut cells = Vec::new();
        for frame in shown.frames {
            let share = frame.cost.total as f64 / shown.total;
            let row = frame.depth.saturating_sub(shown.depth);
            if share < NARROWEST || row > DEEPEST {
                hidden += 1;
                continue;
            }
            let x = (frame.offset - shown.offset) as f64 / shown.total;
            cells.push(Cell {
                x: Percent::of(x),
                width: Percent::of(share),
                has_room: share > LEGIBLE,
                ..cell(graph, frame, unit, view, &find, shown.above.len() + row)
            });
        }
        for (row, frame) in shown.above.iter().enumerate() {
            let above = cell(graph, frame, unit, view, &find, row);
            cells.push(Cell {
                class: format!("{} above", above.class),
                ..above
            });
        }
        let deepest = cells.iter().map(|cell| cell.y).max().unwrap_or_default();
        Self {
            height: deepest + ROW,
            cells,
            hidden,
        }
    }
}

struct Shown<'a> {
    above: Vec<&'a Frame>,
    frames: &'a [Frame],
    offset: i64,
    depth: usize,
    total: f64,
}

/// The most costly frame of `focus` with all below it, and its callers; else everything.
fn shown<'a>(frames: &'a [Frame], focus: &str) -> Shown<'a> {
    let first = frames
        .iter()
        .enumerate()
        .filter(|(_, frame)| !focus.is_empty() && frame.name == focus)
        .max_by_key(|(i, frame)| (frame.cost.total, std::cmp::Reverse(*i)))
        .map_or(0, |(i, _)| i);
    let Some(root) = frames.get(first) else {
        return Shown {
            above: Vec::new(),
            frames,
            offset: 0,
            depth: 0,
            total: 1.0,
        };
    };
    let below = frames[first + 1..]
        .iter()
        .take_while(|frame| frame.depth > root.depth)
        .count();
    let mut above: Vec<&Frame> = Vec::new();
    let mut depth = root.depth;
    for frame in frames[..first].iter().rev() {
        if frame.depth < depth {
            depth = frame.depth;
            above.push(frame);
        }
    }
    above.reverse();
    Shown {
        above,
        frames: &frames[first..=first + below],
        offset: root.offset,
        depth: root.depth,
        total: root.cost.total.max(1) as f64,
    }
}

fn cell(
    graph: &FlameGraph,
    frame: &Frame,
    unit: Unit,
    view: &Address,
    find: &str,
    row: usize,
) -> Cell {
    let of_all = frame.cost.total as f64 / graph.total.max(1) as f64;
    let mut title = format!(
        "{}\n{} of {} ({}), itself {}",
        frame.name,
        unit.show(frame.cost.total as f64),
        unit.show(graph.total as f64),
        Share(of_all),
        unit.show(frame.cost.own as f64),
    );
    let class = match frame.baseline {
        Some(baseline) => {
            let before = baseline.total as f64 / graph.baseline_total.unwrap_or(0).max(1) as f64;
            title.push_str(&format!(
                "\nbefore: {}, now: {}",
                Share(before),
                Share(of_all)
            ));
            change(of_all - before)
        }
        None if frame.depth == 0 => "same".to_owned(),
        None => colour(&frame.name),
    };
    let is_root = frame.depth == 0;
    Cell {
        x: Percent::of(0.0),
        width: Percent::of(1.0),
        y: row * ROW,
        has_room: true,
        is_found: !find.is_empty() && frame.name.to_lowercase().contains(find),
        class,
        short: short(&frame.name).to_owned(),
        link: view
            .clone()
            .with("focus", if is_root { "" } else { &frame.name }),
        title,
    }
}

/// Three steps each way; below half a percent nothing has changed.
fn change(by: f64) -> String {
    let size = match by.abs() {
        ..0.005 => return "same".to_owned(),
        0.005..0.02 => 1,
        0.02..0.08 => 2,
        _ => 3,
    };
    let way = if by > 0.0 { "more" } else { "less" };
    format!("{way} by{size}")
}

/// By the crate or library, so that whose code it is can be seen.
fn colour(name: &str) -> String {
    let library = name
        .trim_start_matches(['<', '&'])
        .split(['.', ':', ' ', '/'])
        .next()
        .unwrap_or_default();
    match library {
        "core" | "std" | "alloc" | "" => "f7".to_owned(),
        library => {
            let sum = library.bytes().fold(5_381_u32, |sum, byte| {
                sum.wrapping_mul(33) ^ u32::from(byte)
            });
            format!("f{}", sum % 7)
        }
    }
}

/// The last two parts of a path: `tokio::runtime::park::park` as `park::park`.
pub(super) fn short(name: &str) -> &str {
    if name.contains(['<', ' ']) {
        return name;
    }
    let mut parts = name.rmatch_indices("::");
    match (parts.next(), parts.next()) {
        (Some(_), Some((second, _))) => &name[second + 2..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Flame, FlameGraph, Frame, Template, short};
    use crate::store::FrameCost;

    fn graph(rows: &[(usize, &str, i64, i64)]) -> FlameGraph {
        FlameGraph {
            service: "api".to_owned(),
            kind: "process_cpu:cpu".to_owned(),
            unit: "nanoseconds".to_owned(),
            total: 1_000,
            baseline_total: None,
            frames: rows
                .iter()
                .map(|(depth, name, offset, total)| Frame {
                    name: (*name).to_owned(),
                    depth: *depth,
                    offset: *offset,
                    cost: FrameCost {
                        total: *total,
                        own: 0,
                    },
                    baseline: None,
                })
                .collect(),
            top: Vec::new(),
            labels: Default::default(),
        }
    }

    fn view() -> Address {
        Address::new("/profiles")
    }

    #[test]
    fn a_focus_is_as_wide_as_the_graph_below_its_callers() {
        let graph = graph(&[
            (0, "total", 0, 1_000),
            (1, "a", 0, 600),
            (2, "b", 100, 400),
            (3, "c", 100, 200),
            (1, "d", 600, 400),
        ]);

        let flame = Flame::new(&graph, &view(), "b", "");

        let drawn: Vec<(&str, String, usize)> = flame
            .cells
            .iter()
            .map(|cell| (cell.short.as_str(), cell.width.to_string(), cell.y))
            .collect();
        assert_eq!(
            drawn,
            [
                ("b", "100.000%".to_owned(), 40),
                ("c", "50.000%".to_owned(), 60),
                ("total", "100.000%".to_owned(), 0),
                ("a", "100.000%".to_owned(), 20),
            ]
        );
    }

    #[test]
    fn what_nobody_could_see_is_counted() {
        let graph = graph(&[(0, "total", 0, 1_000_000), (1, "tiny", 0, 1)]);
        assert_eq!(Flame::new(&graph, &view(), "", "").hidden, 1);
    }

    #[test]
    fn names_of_functions_are_text() {
        let graph = graph(&[(0, "total", 0, 10), (1, "<svg onload=alert(1)>", 0, 10)]);

        let html = Flame::new(&graph, &view(), "", "").render().unwrap();

        assert!(!html.contains("<svg onload"), "{html}");
        assert!(html.contains("onload"), "{html}");
    }

    #[test]
    fn nothing_can_be_drawn() {
        assert_eq!(Flame::new(&graph(&[]), &view(), "x", "").cells.len(), 0);
    }

    #[test]
    fn the_end_of_a_path_says_most() {
        assert_eq!(short("tokio::runtime::park::park"), "park::park");
        assert_eq!(short("main"), "main");
        assert_eq!(
            short("<T as core::fmt::Debug>::fmt"),
            "<T as core::fmt::Debug>::fmt"
        );
    }
}

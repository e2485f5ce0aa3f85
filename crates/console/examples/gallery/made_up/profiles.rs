use console::store::{FlameGraph, Frame, FrameCost, Point, ProfileSummary, TopRow};

use super::{Chance, NOW};

const BEGIN: u64 = NOW - 900_000_000_000;
const CPU: &str = "process_cpu:cpu";

pub(crate) fn sources() -> Vec<ProfileSummary> {
    ["api", "fulfilment"]
        .map(|service| {
            let mut chance = Chance(5);
            ProfileSummary {
                service: service.to_owned(),
                kind: CPU.to_owned(),
                unit: "nanoseconds".to_owned(),
                profiles: 90,
                total: 24_310_000_000,
                from_unix_nanos: BEGIN,
                to_unix_nanos: NOW,
                spans: 211,
                over_time: (0..90)
                    .map(|i| Point {
                        unix_nanos: BEGIN + i * 10_000_000_000,
                        value: Some(2e8 + 2e8 * chance.next()),
                    })
                    .collect(),
            }
        })
        .to_vec()
}

pub(crate) fn graph(is_difference: bool) -> FlameGraph {
    let mut made = Made {
        frames: Vec::new(),
        chance: Chance(9),
        is_difference,
    };
    made.frame(0, 0, 24_310_000_000);
    let total = made.frames[0].cost.total;
    let mut top: Vec<TopRow> = Vec::new();
    for frame in &made.frames[1..] {
        match top.iter_mut().find(|row| row.name == frame.name) {
            Some(row) => row.cost.own += frame.cost.own,
            None => top.push(TopRow {
                name: frame.name.clone(),
                cost: frame.cost,
                baseline: frame.baseline,
            }),
        }
    }
    top.sort_by_key(|row| std::cmp::Reverse(row.cost.own));
    FlameGraph {
        service: "api".to_owned(),
        kind: CPU.to_owned(),
        unit: "nanoseconds".to_owned(),
        total,
        baseline_total: is_difference.then_some(total * 8 / 10),
        frames: made.frames,
        top,
        labels: Default::default(),
    }
}

struct Made {
    frames: Vec<Frame>,
    chance: Chance,
    is_difference: bool,
}

impl Made {
    fn frame(&mut self, depth: usize, offset: i64, total: i64) {
        const NAMES: [&str; 14] = [
            "core::ops::function::FnOnce::call_once",
            "std::thread::Builder::spawn_unchecked_::{{closure}}",
            "tokio::runtime::task::harness::Harness<T,S>::poll",
            "actix_http::h1::dispatcher::InnerDispatcher::poll_request",
            "api::cpu::burn",
            "api::items::show::{{closure}}",
            "storage::items::Items::find",
            "sqlx_sqlite::connection::execute::iter",
            "sqlite3VdbeExec",
            "telemetry::http::Observation::finish",
            "telemetry::logs::logfmt::Line::write",
            "<alloc::vec::Vec<T> as core::fmt::Write>::write_str",
            "malloc",
            "<img src=x onerror=alert(1)>",
        ];
        let name = if depth == 0 {
            "total".to_owned()
        } else {
            NAMES[(depth + (self.chance.next() * 5.0) as usize) % NAMES.len()].to_owned()
        };
        let own = if depth == 0 {
            0
        } else {
            (total as f64 * 0.15 * self.chance.next()) as i64
        };
        let share = 0.4 + 0.8 * self.chance.next();
        self.frames.push(Frame {
            name,
            depth,
            offset,
            cost: FrameCost { total, own },
            baseline: self.is_difference.then_some(FrameCost {
                total: (total as f64 * share) as i64,
                own: (own as f64 * share) as i64,
            }),
        });
        if depth > 16 || total < 40_000_000 {
            return;
        }
        let mut begin = offset;
        let mut left = total - own;
        while left > total / 50 {
            let part = ((left as f64) * (0.35 + 0.6 * self.chance.next())) as i64;
            self.frame(depth + 1, begin, part);
            begin += part;
            left -= part;
        }
    }
}

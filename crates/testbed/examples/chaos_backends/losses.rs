//! What was made, and is in no store.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::interrupt::Interrupt;
use crate::load::Load;
use crate::signals::{RECORDED, SCRAPED};
use crate::stores::Stores;

const LOOK: Duration = Duration::from_secs(1);
/// How many traces are looked for: each is a question of its own.
const ASKED: usize = 200;
/// A line is written when its request is answered.
const ANSWERED: Duration = Duration::from_secs(3);
/// A longer pause between two samples is a gap: two of the intervals of demo timing, and a bit.
const GAP_SECONDS: f64 = 5.0;

/// What a fault cost.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Traces that are not there, of so many that were looked for.
    pub(crate) traces: (usize, usize),
    /// Requests without a line, of so many.
    pub(crate) lines: (usize, usize),
    /// For how many seconds there is no number of `api`, and none made of it.
    pub(crate) scraped_gap: Option<f64>,
    pub(crate) recorded_gap: Option<f64>,
}

impl Losses {
    /// Whether something is missing that the services made.
    pub(crate) fn are_of_services(&self) -> bool {
        0 < self.traces.0 || 0 < self.lines.0 || self.scraped_gap.is_some()
    }
}

/// Looks until nothing is missing or patience is over: what is late is not lost.
pub(crate) fn count(
    stores: &Stores,
    load: &Load,
    from: Timestamp,
    to: Timestamp,
    patience: Duration,
    interrupt: &Interrupt,
) -> anyhow::Result<Losses> {
    let sent = load.between(from, to);
    let ids: Vec<_> = sent.into_iter().filter_map(|done| done.trace).collect();
    let asked = ids.iter().step_by(ids.len().div_ceil(ASKED).max(1));
    let mut missing: Vec<_> = asked.collect();
    let traces = missing.len();
    let mut lines: HashSet<_> = ids.iter().cloned().collect();
    let end = Instant::now() + patience;
    loop {
        interrupt.check()?;
        missing.retain(|id| !stores.has_trace(id).unwrap_or(false));
        let found = stores
            .traces_in_lines("|= \"http.route=\"", from, to + ANSWERED)
            .unwrap_or_default();
        for id in found {
            lines.remove(&id);
        }
        if (missing.is_empty() && lines.is_empty()) || end < Instant::now() {
            break;
        }
        interrupt.sleep(LOOK)?;
    }
    Ok(Losses {
        traces: (missing.len(), traces),
        lines: (lines.len(), ids.len()),
        scraped_gap: gap(stores, SCRAPED, from)?,
        recorded_gap: gap(stores, RECORDED, from)?,
    })
}

/// The longest time without a sample since then, if it is one.
fn gap(stores: &Stores, series: &str, from: Timestamp) -> anyhow::Result<Option<f64>> {
    let since = Timestamp::now()
        .duration_since(from)
        .as_secs()
        .unsigned_abs();
    let times = stores.samples(series, since)?;
    let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
    Ok(pauses
        .max_by(f64::total_cmp)
        .filter(|pause| GAP_SECONDS < *pause))
}

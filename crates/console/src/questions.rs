//! What can be asked of the store. Nothing here changes it, and nothing holds up who sends.

mod logs;
mod map;
mod metrics;
mod overview;
mod params;
mod profiles;
mod rates;
mod status;
mod trace;
mod traces;

use std::time::{SystemTime, UNIX_EPOCH};

pub use logs::{LogQuery, lines};
pub use map::service_map;
pub use metrics::{MetricQuery, View, chart, families};
pub use overview::overview;
pub use params::{Misunderstood, Params};
pub use profiles::{ProfileQuery, flame_graph, profiles};
pub use status::status;
pub use trace::{span, trace};
pub use traces::{TraceQuery, traces};

/// From when to when, in nanoseconds since 1970; the end is not within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: u64,
    /// The moment after the last.
    pub to: u64,
}

impl Window {
    /// All there ever was.
    pub const ALWAYS: Self = Self {
        from: 0,
        to: u64::MAX,
    };

    /// The last `seconds`.
    pub fn last(seconds: u64) -> Self {
        let to = now();
        Self {
            from: to.saturating_sub(seconds.saturating_mul(1_000_000_000)),
            to,
        }
    }

    /// How long it is, in seconds.
    pub fn seconds(self) -> f64 {
        self.to.saturating_sub(self.from) as f64 / 1e9
    }

    pub(crate) fn has(self, moment: u64) -> bool {
        (self.from..self.to).contains(&moment)
    }

    /// Whether anything between two moments may lie within.
    pub(crate) fn meets(self, times: Option<(u64, u64)>) -> bool {
        times.is_some_and(|(first, last)| first < self.to && self.from <= last)
    }

    /// Which of `count` equal parts of it a moment within lies in.
    pub(crate) fn part(self, moment: u64, count: usize) -> usize {
        let length = (self.to - self.from).max(1);
        // Asked for each of a million lines, where a division of 128 bits is most of what one costs.
        let part = moment.saturating_sub(self.from) as f64 * count as f64 / length as f64;
        (part as usize).min(count - 1)
    }

    /// When a part begins.
    pub(crate) fn start(self, part: usize, count: usize) -> u64 {
        let length = u128::from(self.to - self.from);
        self.from + (length * part as u128 / count as u128) as u64
    }
}

/// Nanoseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

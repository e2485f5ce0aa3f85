//! From counters that start anew now and then to rates and quantiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Window;
use crate::store::Point;
use crate::store::series::{KeptSeries, Sample};

/// A rate looks back so far at least, so that it has two samples of any usual interval.
const LEAST_LOOK_BACK: u64 = 30_000;
/// A value counts as there for so long, in milliseconds.
const STALE: u64 = 60_000;

/// The moments at which a chart has points, in milliseconds since 1970.
pub(super) struct Steps {
    moments: Vec<u64>,
    look_back: u64,
}

impl Steps {
    pub(super) fn new(window: Window, points: usize) -> Self {
        let points = points.max(1);
        let moments = (1..=points).map(|part| window.start(part, points) / 1_000_000);
        let step = (window.seconds() * 1e3 / points as f64) as u64;
        Self {
            moments: moments.collect(),
            look_back: step.max(LEAST_LOOK_BACK),
        }
    }

    pub(super) fn points(&self, values: Vec<Option<f64>>) -> Vec<Point> {
        let moments = self.moments.iter().zip(values);
        moments
            .map(|(millis, value)| Point::new(millis.saturating_mul(1_000_000), value))
            .collect()
    }

    /// The rate of a counter at each moment; none where fewer than two samples say.
    pub(super) fn rates(&self, series: &KeptSeries) -> Vec<Option<f64>> {
        let samples: Vec<Sample> = series.samples.iter().copied().collect();
        let added = running(&samples);
        let rate = |moment: &u64| {
            let end = samples
                .partition_point(|sample| sample.millis <= *moment)
                .checked_sub(1)?;
            let from = moment.saturating_sub(self.look_back);
            // The last sample before the time looked at, so that nothing between the two is missed.
            let start = samples
                .partition_point(|sample| sample.millis <= from)
                .saturating_sub(1);
            let far = samples[start].millis + self.look_back < from;
            let start = if far { start + 1 } else { start };
            if end <= start || samples[end].millis <= from {
                return None;
            }
            let seconds = (samples[end].millis - samples[start].millis) as f64 / 1e3;
            Some((added[end] - added[start]) / seconds)
        };
        self.moments.iter().map(rate).collect()
    }

    /// The value at each moment; none where it is too old.
    fn values(&self, series: &KeptSeries) -> Vec<Option<f64>> {
        let samples = &series.samples;
        let value = |moment: &u64| {
            let at = samples
                .partition_point(|sample| sample.millis <= *moment)
                .checked_sub(1)?;
            let sample = samples[at];
            (moment.saturating_sub(sample.millis) <= STALE).then_some(sample.value)
        };
        self.moments.iter().map(value).collect()
    }

    pub(super) fn sum_of_rates<'a>(
        &self,
        series: impl Iterator<Item = &'a Arc<KeptSeries>>,
    ) -> Vec<Option<f64>> {
        self.sum(series.map(|series| self.rates(series)))
    }

    pub(super) fn sum_of_values<'a>(
        &self,
        series: impl Iterator<Item = &'a Arc<KeptSeries>>,
    ) -> Vec<Option<f64>> {
        self.sum(series.map(|series| self.values(series)))
    }

    fn sum(&self, all: impl Iterator<Item = Vec<Option<f64>>>) -> Vec<Option<f64>> {
        let mut sums = vec![None; self.moments.len()];
        for values in all {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = match (*sum, value) {
                    (Some(sum), Some(value)) => Some(sum + value),
                    (sum, value) => sum.or(value),
                };
            }
        }
        sums
    }

    /// A quantile of the buckets at each moment.
    pub(super) fn quantiles(&self, series: &[Arc<KeptSeries>], phi: f64) -> Vec<Option<f64>> {
        let mut buckets: BTreeMap<u64, Vec<Option<f64>>> = BTreeMap::new();
        for series in series.iter().filter(|series| series.suffix == "_bucket") {
            let rates = self.rates(series);
            match buckets.get_mut(&series.bound.to_bits()) {
                Some(sums) => {
                    *sums = self.sum([std::mem::take(sums), rates].into_iter());
                }
                None => {
                    buckets.insert(series.bound.to_bits(), rates);
                }
            }
        }
        let at = |moment: usize| {
            let rates = buckets
                .iter()
                .filter_map(|(bound, rates)| Some((f64::from_bits(*bound), rates[moment]?)));
            quantile(rates.collect(), phi)
        };
        (0..self.moments.len()).map(at).collect()
    }
}

/// What was added up to each sample since the first; a counter that fell has started anew from 0.
fn running(samples: &[Sample]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut before = None;
    let added = samples.iter().map(|sample| {
        sum += match before {
            Some(before) if before <= sample.value => sample.value - before,
            Some(_) => sample.value,
            None => 0.0,
        };
        before = Some(sample.value);
        sum
    });
    added.collect()
}

/// What was added within a window, from the last sample before it on. A series that began after `since`, in
/// milliseconds since 1970, counts from 0: it was watched already when it was not there yet.
pub(super) fn added(series: &KeptSeries, window: Window, since: Option<u64>) -> f64 {
    let (from, to) = (window.from / 1_000_000, window.to / 1_000_000);
    let begin = series
        .samples
        .partition_point(|sample| sample.millis < from);
    let end = series.samples.partition_point(|sample| sample.millis < to);
    let start = begin.saturating_sub(1);
    let samples: Vec<Sample> = series
        .samples
        .range(start..end.max(start))
        .copied()
        .collect();
    let sum = running(&samples).last().copied().unwrap_or(0.0);
    match samples.first() {
        Some(first) if begin == 0 && since.is_some_and(|since| since < first.millis) => {
            sum + first.value
        }
        _ => sum,
    }
}

/// The value below which the share `phi` lies, between the bounds of its bucket as if evenly spread. Counts are
/// cumulative. In the last bucket, which has no end, it is the last bound.
pub(super) fn quantile(mut buckets: Vec<(f64, f64)>, phi: f64) -> Option<f64> {
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (last, all) = *buckets.last()?;
    if last != f64::INFINITY || all.is_nan() || all <= 0.0 {
        return None;
    }
    let rank = phi * all;
    let at = buckets.iter().position(|(_, count)| rank <= *count)?;
    let (bound, count) = buckets[at];
    let (below, before) = match at.checked_sub(1) {
        Some(at) => buckets[at],
        None => (0.0_f64.min(bound), 0.0),
    };
    if bound == f64::INFINITY {
        return Some(below);
    }
    let share = if count > before {
        (rank - before) / (count - before)
    } else {
        1.0
    };
    Some(below + (bound - below) * share)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    fn series(values: &[f64]) -> KeptSeries {
        let samples = values.iter().zip(0..).map(|(value, at)| Sample {
            millis: at * 10_000,
            value: *value,
        });
        KeptSeries {
            labels: Arc::default(),
            suffix: "_total",
            bound: f64::NAN,
            samples: samples.collect(),
            exemplars: VecDeque::new(),
        }
    }

    #[test]
    fn a_restart_does_not_make_a_rate_negative() {
        let steps = Steps {
            moments: vec![0, 10_000, 40_000],
            look_back: 30_000,
        };

        let rates = steps.rates(&series(&[0.0, 20.0, 40.0, 10.0, 20.0]));

        assert_eq!(rates, [None, Some(2.0), Some(40.0 / 30.0)]);
    }

    #[test]
    fn what_is_added_counts_from_the_last_sample_before() {
        let window = Window {
            from: 15_000_000_000,
            to: 35_000_000_000,
        };

        let series = series(&[0.0, 20.0, 40.0, 10.0, 20.0]);
        assert_eq!(added(&series, window, None), 30.0);
    }

    #[test]
    fn a_series_that_began_while_it_was_watched_counts_from_nothing() {
        let mut late = series(&[5.0, 5.0, 7.0]);
        late.samples.pop_front();

        assert_eq!(added(&late, Window::ALWAYS, None), 2.0);
        assert_eq!(added(&late, Window::ALWAYS, Some(5_000)), 7.0);
        assert_eq!(added(&late, Window::ALWAYS, Some(10_000)), 2.0);
    }

    #[test]
    fn a_quantile_lies_between_the_bounds_of_its_bucket() {
        let buckets = vec![(0.1, 50.0), (1.0, 100.0), (f64::INFINITY, 100.0)];

        assert_eq!(quantile(buckets.clone(), 0.25), Some(0.05));
        assert_eq!(quantile(buckets.clone(), 0.5), Some(0.1));
        assert_eq!(quantile(buckets, 1.0), Some(1.0));
        assert_eq!(
            quantile(vec![(1.0, 0.0), (f64::INFINITY, 10.0)], 0.9),
            Some(1.0)
        );
        assert_eq!(quantile(vec![(f64::INFINITY, 0.0)], 0.9), None);
        assert_eq!(quantile(vec![(1.0, 5.0)], 0.9), None);
    }
}

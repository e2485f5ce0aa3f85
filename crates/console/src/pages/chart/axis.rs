//! Where an axis has its marks.

use jiff::Timestamp;

use super::Percent;
use crate::pages::range::Range;
use crate::pages::units::{At, Unit};

/// A mark and what stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, from the left or from the top.
    pub place: Percent,
    /// What it says.
    pub label: String,
}

/// From zero up to a round figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The value at the top.
    pub top: f64,
    /// The value at the bottom.
    pub bottom: f64,
    /// Its marks.
    pub ticks: Vec<Tick>,
}

impl Scale {
    /// Holds all of `values`, and zero.
    pub fn linear(values: impl Iterator<Item = f64>, unit: Unit) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let step = step((high - low).max(f64::MIN_POSITIVE) / 4.0, unit);
        let (first, last) = ((low / step).floor(), (high / step).ceil().max(1.0));
        let (bottom, top) = (first * step, last * step);
        let ticks = whole_numbers(first, last)
            .map(|n| Tick {
                place: Percent::of(1.0 - (n * step - bottom) / (top - bottom)),
                label: if n == 0.0 {
                    "0".to_owned()
                } else {
                    unit.show(n * step)
                },
            })
            .collect();
        Self { top, bottom, ticks }
    }

    /// Where `value` lies, from the top.
    pub fn place(&self, value: f64) -> f64 {
        1.0 - (value - self.bottom) / (self.top - self.bottom)
    }
}

/// Powers of ten, for durations that differ by orders.
#[derive(Clone, Debug, PartialEq)]
pub struct Decades {
    first: f64,
    last: f64,
    /// Its marks.
    pub ticks: Vec<Tick>,
}

impl Decades {
    /// Holds all of `seconds`.
    pub fn durations(seconds: impl Iterator<Item = f64>) -> Self {
        let (low, high) = seconds
            .filter(|value| value.is_finite())
            .map(|value| value.max(1e-6).log10())
            .fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let (first, last) = if low > high {
            (-3.0, 0.0)
        } else {
            (low.floor(), high.ceil().max(low.floor() + 1.0))
        };
        let ticks = whole_numbers(first, last)
            .map(|n| Tick {
                place: Percent::of(1.0 - (n - first) / (last - first)),
                label: Unit::Seconds
                    .show(10_f64.powf(n))
                    .replace(".00", "")
                    .replace(".0", ""),
            })
            .collect();
        Self { first, last, ticks }
    }

    /// Where `seconds` lie, from the top.
    pub fn place(&self, seconds: f64) -> f64 {
        1.0 - (seconds.max(1e-6).log10() - self.first) / (self.last - self.first)
    }
}

/// Marks at round times of day, seven at most.
pub fn times(range: &Range) -> Vec<Tick> {
    const STEPS: [i64; 16] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400,
    ];
    let length = range.length().as_secs_f64();
    let step = STEPS
        .into_iter()
        .find(|&step| length / step as f64 <= 7.0)
        .unwrap_or(86_400);
    let pattern = match step {
        ..60 => "%H:%M:%S",
        60..86_400 => "%H:%M",
        _ => "%b %-d",
    };
    let first = range.from.as_second().div_euclid(step) + 1;
    (first..)
        .map_while(|n| Timestamp::from_second(n * step).ok())
        .take_while(|&at| at < range.to)
        .map(|at| Tick {
            place: Percent::of(range.place(at)),
            label: At(at).format(pattern),
        })
        // A label at the very edge would be cut in half.
        .filter(|tick| tick.place > Percent(3.0) && tick.place < Percent(97.0))
        .collect()
}

/// The next round figure: 1, 2 or 5 times a power of ten; of bytes a power of two.
fn step(at_least: f64, unit: Unit) -> f64 {
    if unit == Unit::Bytes {
        return at_least.log2().ceil().max(0.0).exp2();
    }
    let power = 10_f64.powf(at_least.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= at_least * 0.999_999)
        .unwrap_or(10.0 * power)
}

fn whole_numbers(first: f64, last: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first), |n| Some(n + 1.0)).take_while(move |n| *n <= last)
}

#[cfg(test)]
mod tests {
    use super::{Decades, Range, Scale, Timestamp, Unit, times};

    #[test]
    fn a_scale_holds_its_values_and_ends_at_a_round_figure() {
        let scale = Scale::linear([0.137, 0.02].into_iter(), Unit::Seconds);

        assert!((scale.top - 0.15).abs() < 1e-9, "{}", scale.top);
        assert!(scale.ticks.len() <= 6);
        assert_eq!(scale.ticks[0].label, "0");
    }

    #[test]
    fn nothing_and_not_a_number_still_make_a_scale() {
        for values in [vec![], vec![0.0], vec![f64::NAN, f64::INFINITY]] {
            let scale = Scale::linear(values.into_iter(), Unit::Number);
            assert!(scale.top > scale.bottom && scale.ticks.len() >= 2);
        }
        assert_eq!(Decades::durations(std::iter::empty()).ticks.len(), 4);
    }

    #[test]
    fn what_falls_below_zero_is_inside() {
        let scale = Scale::linear([-3.0, 8.0].into_iter(), Unit::Number);
        assert!(scale.bottom <= -3.0 && scale.top >= 8.0);
    }

    #[test]
    fn times_are_round_and_few() {
        let now: Timestamp = "2026-11-21T14:03:20Z".parse().unwrap();
        for last in ["5m", "15m", "1h", "3h", "12h", "7d"] {
            let ticks = times(&Range::parse(Some(last), None, None, now));
            assert!((1..=7).contains(&ticks.len()), "{last}: {}", ticks.len());
        }
        let ticks = times(&Range::parse(Some("15m"), None, None, now));
        assert_eq!(ticks[0].label, "13:50");
    }
}

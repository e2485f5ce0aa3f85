//! Ranges of time, in milliseconds since 1970.

use serde::Deserialize;

use super::Error;

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

impl Range {
    /// The time of a span, shifted at both ends; never empty, because an address holds whole milliseconds.
    pub(crate) fn of_span(start_nanos: u64, end_nanos: u64, shift: (i64, i64)) -> Self {
        let millis = |nanos: u64| i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX);
        let from_ms = millis(start_nanos).saturating_add(shift.0);
        let to_ms = millis(end_nanos).saturating_add(shift.1);
        Self {
            from_ms,
            to_ms: to_ms.max(from_ms + 1),
        }
    }

    /// From two times of an address, such as `1732200000000`, `now-15m` or `now`.
    pub(crate) fn parse(from: &str, to: &str, now_ms: i64) -> Result<Self, Error> {
        Ok(Self {
            from_ms: time(from, now_ms)?,
            to_ms: time(to, now_ms)?,
        })
    }

    pub(crate) fn start_seconds(self) -> f64 {
        self.from_ms as f64 / 1000.0
    }

    pub(crate) fn end_seconds(self) -> f64 {
        self.to_ms as f64 / 1000.0
    }
}

fn time(text: &str, now_ms: i64) -> Result<i64, Error> {
    let wrong = || Error::Time(text.to_owned());
    if let Some(relative) = text.strip_prefix("now") {
        return match relative {
            "" => Ok(now_ms),
            relative => Ok(now_ms + interval_ms(relative).ok_or_else(wrong)?),
        };
    }
    text.parse().map_err(|_| wrong())
}

/// How far an end of a range is moved, such as `-1h` or `30s`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(transparent)]
pub(crate) struct Shift(String);

impl Shift {
    /// In milliseconds; none where nothing is set, or nothing that Grafana could read.
    pub(crate) fn millis(&self) -> Option<i64> {
        interval_ms(&self.0)
    }
}

/// A number with a unit: `ms`, `s`, `m`, `h`, `d`, `w`; without one it is seconds.
fn interval_ms(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['+', '-']);
    let unit_at = digits.find(|letter: char| !letter.is_ascii_digit());
    let (count, unit) = digits.split_at(unit_at.unwrap_or(digits.len()));
    let unit_ms = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    let millis = count.parse::<i64>().ok()?.checked_mul(unit_ms)?;
    Some(if text.starts_with('-') {
        -millis
    } else {
        millis
    })
}

#[cfg(test)]
mod tests {
    use super::{Range, Shift, interval_ms};

    #[test]
    fn intervals_have_units() {
        let cases = [
            ("-1h", Some(-3_600_000)),
            ("30s", Some(30_000)),
            ("+5m", Some(300_000)),
            ("100ms", Some(100)),
            ("7", Some(7_000)),
            ("", None),
            ("soon", None),
        ];
        for (text, millis) in cases {
            assert_eq!(interval_ms(text), millis, "{text}");
        }
        assert_eq!(Shift::default().millis(), None);
    }

    #[test]
    fn a_span_shorter_than_a_millisecond_has_a_range() {
        let range = Range::of_span(1_000_900_000, 1_000_950_000, (0, 0));

        assert_eq!((range.from_ms, range.to_ms), (1000, 1001));
    }

    #[test]
    fn an_address_has_times_of_both_kinds() {
        let range = Range::parse("now-15m", "1000000", 2_000_000).unwrap();

        assert_eq!((range.from_ms, range.to_ms), (1_100_000, 1_000_000));
        assert!(Range::parse("yesterday", "now", 0).is_err());
    }
}

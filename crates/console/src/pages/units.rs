//! Figures as people read them: three digits that count, one unit for one size, digits below digits.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Between a figure and its unit: they stay on one line.
const GAP: char = '\u{a0}';

/// How long something took.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Took(pub f64);

impl Took {
    /// From a duration.
    pub fn of(duration: Duration) -> Self {
        Self(duration.as_secs_f64())
    }

    /// From nanoseconds.
    pub fn nanos(nanos: u64) -> Self {
        Self::of(Duration::from_nanos(nanos))
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0;
        let size = seconds.abs();
        if size == 0.0 {
            write!(f, "0{GAP}ms")
        } else if size < 999.5e-9 {
            write!(f, "{}{GAP}ns", Digits(seconds * 1e9))
        } else if size < 999.5e-6 {
            write!(f, "{}{GAP}µs", Digits(seconds * 1e6))
        } else if size < 0.9995 {
            write!(f, "{}{GAP}ms", Digits(seconds * 1e3))
        } else if size < 119.5 {
            write!(f, "{}{GAP}s", Digits(seconds))
        } else if size < 7_200.0 {
            write!(f, "{}{GAP}min", Digits(seconds / 60.0))
        } else {
            write!(f, "{}{GAP}h", Digits(seconds / 3_600.0))
        }
    }
}

/// A number without a unit, such as requests per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if self.0.is_nan() {
            f.write_str("–")
        } else if size < 100_000.0 {
            write!(f, "{}", Digits(self.0))
        } else if size < 1e6 {
            write!(f, "{}{GAP}k", Digits(self.0 / 1e3))
        } else if size < 1e9 {
            write!(f, "{}{GAP}M", Digits(self.0 / 1e6))
        } else {
            write!(f, "{}{GAP}G", Digits(self.0 / 1e9))
        }
    }
}

/// A share of a whole; 1 is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(pub f64);

impl Share {
    /// Whether there is anything of it.
    pub fn is_some(self) -> bool {
        self.0 > 0.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        if percent == 0.0 {
            write!(f, "0{GAP}%")
        } else if percent.abs() < 0.05 {
            write!(f, "<{GAP}0.1{GAP}%")
        } else if percent.abs() < 9.95 {
            write!(f, "{percent:.1}{GAP}%")
        } else {
            write!(f, "{percent:.0}{GAP}%")
        }
    }
}

/// Bytes, in powers of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bytes(pub f64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut size = self.0;
        let mut unit = "B";
        for larger in ["KiB", "MiB", "GiB", "TiB"] {
            if size.abs() < 1_000.0 {
                break;
            }
            size /= 1_024.0;
            unit = larger;
        }
        write!(f, "{}{GAP}{unit}", Digits(size))
    }
}

/// How many, all digits, in groups of three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(&self.0.to_string()))
    }
}

/// A moment, in UTC. Pages show the time of day and keep the rest for the title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(pub Timestamp);

impl At {
    /// Such as `14:02:07.123`.
    pub fn clock(&self) -> String {
        self.format("%H:%M:%S%.3f")
    }

    /// Such as `14:02:07`.
    pub fn seconds(&self) -> String {
        self.format("%H:%M:%S")
    }

    /// Such as `2026-11-21 14:02:07.123 UTC`.
    pub fn full(&self) -> String {
        self.format("%Y-%m-%d %H:%M:%S%.3f UTC")
    }

    /// As machines read it, to the millisecond.
    pub fn machine(&self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// By a pattern of `strftime`.
    pub fn format(&self, pattern: &str) -> String {
        self.0.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clock())
    }
}

/// What the values of a metric or profile are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Nanoseconds, of profiles.
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// Parts of 1.
    Ratio,
    /// Whatever is counted.
    Number,
}

impl Unit {
    /// By the word that expositions and profiles use.
    pub fn named(word: &str) -> Self {
        match word {
            "seconds" | "s" => Self::Seconds,
            "nanoseconds" | "ns" => Self::Nanoseconds,
            "bytes" | "By" => Self::Bytes,
            "ratio" => Self::Ratio,
            _ => Self::Number,
        }
    }

    /// A value of this unit.
    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        match self {
            Self::Seconds => Took(value).to_string(),
            Self::Nanoseconds => Took(value / 1e9).to_string(),
            Self::Bytes => Bytes(value).to_string(),
            Self::Ratio => Share(value).to_string(),
            Self::Number => Number(value).to_string(),
        }
    }
}

/// Three digits that count, but never fewer than the whole ones.
struct Digits(f64);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 {
            f.write_str("0")
        } else if size < 0.000_095 {
            write!(f, "{:.1e}", self.0)
        } else if size < 0.0095 {
            write!(f, "{:.4}", self.0)
        } else if size < 9.995 {
            write!(f, "{:.2}", self.0)
        } else if size < 99.95 {
            write!(f, "{:.1}", self.0)
        } else {
            f.write_str(&grouped(&format!("{:.0}", self.0)))
        }
    }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut shown = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Count, Number, Share, Took};

    fn plain(shown: impl ToString) -> String {
        shown.to_string().replace('\u{a0}', " ")
    }

    #[test]
    fn durations_have_three_digits_and_the_unit_of_their_size() {
        for (seconds, shown) in [
            (0.0, "0 ms"),
            (812e-9, "812 ns"),
            (43.21e-6, "43.2 µs"),
            (999.6e-6, "1.00 ms"),
            (0.001_239, "1.24 ms"),
            (0.5, "500 ms"),
            (1.0, "1.00 s"),
            (90.0, "90.0 s"),
            (150.0, "2.50 min"),
            (9_000.0, "2.50 h"),
        ] {
            assert_eq!(plain(Took(seconds)), shown);
        }
    }

    #[test]
    fn small_shares_are_not_shown_as_none() {
        assert_eq!(plain(Share(0.0)), "0 %");
        assert_eq!(plain(Share(0.0001)), "< 0.1 %");
        assert_eq!(plain(Share(0.0123)), "1.2 %");
        assert_eq!(plain(Share(1.0)), "100 %");
    }

    #[test]
    fn whole_digits_are_never_lost() {
        assert_eq!(plain(Number(12_345.0)), "12,345");
        assert_eq!(plain(Number(-0.5)), "-0.50");
        assert_eq!(plain(Number(0.0033)), "0.0033");
        assert_eq!(plain(Number(0.000_001_2)), "1.2e-6");
        assert_eq!(plain(Number(2_500_000.0)), "2.50 M");
        assert_eq!(plain(Count(1_234_567)), "1,234,567");
        assert_eq!(plain(Bytes(1_536.0)), "1.50 KiB");
        assert_eq!(plain(Bytes(268_435_456.0)), "256 MiB");
    }
}

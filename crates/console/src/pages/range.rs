//! The time that a page looks at: the last minutes, or from one moment to another.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::address::Address;
use super::units::At;

/// What is offered, shortest first.
pub const OFFERED: [(&str, u64); 5] = [
    ("5m", 300),
    ("15m", 900),
    ("1h", 3_600),
    ("3h", 10_800),
    ("12h", 43_200),
];

/// What is shown when nobody asks for anything else.
const USUAL: (&str, u64) = OFFERED[1];

/// More than a store in memory holds; longer questions are cut to it.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// From when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first moment.
    pub from: Timestamp,
    /// The moment after the last.
    pub to: Timestamp,
    /// How the address says it, if it moves with the clock.
    pub last: Option<String>,
}

impl Range {
    /// What `last`, or `from` and `to`, of a query say; the usual time if they say nothing of sense.
    pub fn parse(last: Option<&str>, from: Option<&str>, to: Option<&str>, now: Timestamp) -> Self {
        if let (Some(from), Some(to)) = (from.and_then(moment), to.and_then(moment))
            && from < to
        {
            let earliest = back(to, LONGEST);
            return Self {
                from: from.max(earliest),
                to,
                last: None,
            };
        }
        let (word, length) = last
            .and_then(|word| Some((word, length(word)?)))
            .unwrap_or((USUAL.0, Duration::from_secs(USUAL.1)));
        Self {
            from: back(now, length.min(LONGEST)),
            to: now,
            last: Some(word.to_owned()),
        }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.to.duration_since(self.from).unsigned_abs()
    }

    /// Says this time in `address`: moving if it moves.
    #[must_use]
    pub fn said_in(&self, address: Address) -> Address {
        let address = address.without("from").without("to").without("last");
        match &self.last {
            Some(last) if last == USUAL.0 => address,
            Some(last) => address.with("last", last),
            None => self.fixed_in(address),
        }
    }

    /// Says this time in `address` so that it shows the same tomorrow.
    #[must_use]
    pub fn fixed_in(&self, address: Address) -> Address {
        address
            .without("last")
            .with("from", At(self.from).machine())
            .with("to", At(self.to).machine())
    }

    /// The time of the same length that ends where this one begins.
    #[must_use]
    pub fn before(&self) -> Self {
        Self {
            from: back(self.from, self.length()),
            to: self.from,
            last: None,
        }
    }

    /// The time of the same length that begins where this one ends.
    #[must_use]
    pub fn after(&self) -> Self {
        let to = self
            .to
            .checked_add(SignedDuration::try_from(self.length()).unwrap_or(SignedDuration::ZERO))
            .unwrap_or(Timestamp::MAX);
        Self {
            from: self.to,
            to,
            last: None,
        }
    }

    /// Where in this time `at` lies: 0 at its beginning, 1 at its end.
    pub fn place(&self, at: Timestamp) -> f64 {
        at.duration_since(self.from).as_secs_f64() / self.length().as_secs_f64().max(1e-9)
    }

    /// Its two ends as a browser's field for date and time wants them.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        let field = |moment| At(moment).format("%Y-%m-%dT%H:%M:%S");
        [("from", field(self.from)), ("to", field(self.to))]
    }

    /// In words, such as `last 15 min`.
    pub fn words(&self) -> String {
        match self.last.as_deref() {
            Some(last) => format!("last {}", spelt(last)),
            None => format!(
                "{} to {}",
                At(self.from).format("%b %-d %H:%M:%S"),
                At(self.to).format("%H:%M:%S UTC")
            ),
        }
    }
}

/// `15m` as `15 min`.
pub fn spelt(word: &str) -> String {
    let (digits, unit) = word.split_at(word.len().saturating_sub(1));
    let unit = match unit {
        "s" => "s",
        "m" => "min",
        "h" => "h",
        "d" => "days",
        _ => return word.to_owned(),
    };
    format!("{digits}\u{a0}{unit}")
}

fn length(word: &str) -> Option<Duration> {
    let unit = match word.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let many: u64 = word[..word.len() - 1].parse().ok()?;
    let seconds = many.checked_mul(unit)?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// RFC 3339, nanoseconds since 1970, or what a browser's field for date and time says, which is taken as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(nanos) = text.parse() {
        return Timestamp::from_nanosecond(nanos).ok();
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

fn back(moment: Timestamp, length: Duration) -> Timestamp {
    SignedDuration::try_from(length)
        .ok()
        .and_then(|length| moment.checked_sub(length).ok())
        .unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::{Address, Range, Timestamp};

    fn now() -> Timestamp {
        "2026-11-21T14:00:00Z".parse().unwrap()
    }

    #[test]
    fn nonsense_is_the_usual_time() {
        for last in ["", "m", "15", "-3m", "0m", "99999999999999999999h", "1é"] {
            let range = Range::parse(Some(last), None, None, now());
            assert_eq!(range.length().as_secs(), 900, "{last}");
        }
        let backwards = Range::parse(
            None,
            Some("2026-11-21T13:00:00Z"),
            Some("2026-11-21T12:00:00Z"),
            now(),
        );
        assert_eq!(backwards.to, now());
    }

    #[test]
    fn a_fixed_time_is_read_back_as_it_was_said() {
        let range = Range::parse(Some("5m"), None, None, now());
        let address = range.fixed_in(Address::new("/logs"));
        let [(_, from), (_, to)] = address.query() else {
            panic!("{address} says something else")
        };

        let again = Range::parse(None, Some(from), Some(to), Timestamp::MAX);

        assert_eq!((again.from, again.to), (range.from, range.to));
        assert_eq!(again.said_in(Address::new("/logs")), address);
    }

    #[test]
    fn a_field_of_a_browser_is_utc() {
        let range = Range::parse(
            None,
            Some("2026-11-21T12:00"),
            Some("2026-11-21T12:30"),
            now(),
        );

        assert_eq!(range.from.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(range.before().to, range.from);
        assert_eq!(range.after().from, range.to);
    }

    #[test]
    fn no_question_is_longer_than_a_week() {
        let range = Range::parse(Some("4000d"), None, None, now());
        assert_eq!(range.length().as_secs(), 7 * 86_400);
    }
}

//! Questions as the query of a URL asks them, the same for pages and API.

use super::{LogQuery, MetricQuery, ProfileQuery, TraceQuery, View, Window, now};
use crate::store::{Level, Status, id};

/// A part of a question that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}={value:?} is not understood: {allowed}")]
pub struct Misunderstood {
    /// The name of the parameter.
    pub name: &'static str,
    /// What was asked.
    pub value: String,
    /// What could have been.
    pub allowed: &'static str,
}

/// The query of a URL, in which a name may come more than once.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// More rows than anybody reads at once.
const MOST: usize = 1_000;

impl Params {
    /// Takes a query apart; parameters without a value do not count.
    pub fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The first value of a name, empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.first(name).unwrap_or_default().to_owned()
    }

    /// The first value of a name.
    pub fn first(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The query without a name.
    pub fn without(&self, name: &str) -> String {
        let rest = self.0.iter().filter(|(known, _)| known != name);
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(rest)
            .finish()
    }

    /// Reads the first value of a name, if there is one.
    ///
    /// # Errors
    /// [`Misunderstood`], if `read` makes nothing of it.
    pub fn read<T>(
        &self,
        name: &'static str,
        allowed: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Misunderstood> {
        let Some(value) = self.first(name) else {
            return Ok(None);
        };
        read(value).map(Some).ok_or_else(|| Misunderstood {
            name,
            value: value.chars().take(200).collect(),
            allowed,
        })
    }

    /// `from` and `to` in nanoseconds since 1970 or RFC 3339, or `last` such as `15m`; else `usual` seconds.
    ///
    /// # Errors
    /// [`Misunderstood`], naming the parameter.
    pub fn window(&self, usual: u64) -> Result<Window, Misunderstood> {
        let time = "RFC 3339, or nanoseconds since 1970";
        let last = self.read("last", "a number and s, m, h or d, such as 15m", nanos_of)?;
        let to = self.read("to", time, moment)?.unwrap_or_else(now);
        let length = last.unwrap_or(usual.saturating_mul(1_000_000_000));
        let from = self.read("from", time, moment)?;
        let window = Window {
            from: from.unwrap_or_else(|| to.saturating_sub(length)),
            to,
        };
        if window.to <= window.from {
            return Err(Misunderstood {
                name: "to",
                value: self.text("to"),
                allowed: "a moment after `from`",
            });
        }
        Ok(window)
    }

    /// How many rows, `usual` if nobody says.
    ///
    /// # Errors
    /// [`Misunderstood`], if `limit` is none.
    pub fn limit(&self, usual: usize) -> Result<usize, Misunderstood> {
        let read = |text: &str| text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        let limit = self.read("limit", "a whole number from 1 to 1000", read)?;
        Ok(limit.unwrap_or(usual))
    }

    /// `service`, `route`, `name`, `status`, `min`, `max`, `attribute`s, `text`, `errors`, the time and `limit`.
    ///
    /// # Errors
    /// [`Misunderstood`], naming the parameter.
    pub fn traces(&self) -> Result<TraceQuery, Misunderstood> {
        let time = "a number and ns, us, ms, s or m, such as 250ms";
        Ok(TraceQuery {
            service: self.text("service"),
            route: self.text("route"),
            name: self.text("name"),
            method: self.text("method"),
            status: self.read(
                "status",
                "a status such as 404, or a class such as 5xx",
                http_status,
            )?,
            errors_only: self
                .read("errors", "only", |text| (text == "only").then_some(()))?
                .is_some(),
            min_nanos: self.read("min", time, duration)?,
            max_nanos: self.read("max", time, duration)?,
            attributes: self.pairs("attribute")?,
            text: self.text("text"),
            window: self.window(900)?,
            limit: self.limit(50)?,
        })
    }

    /// `service`, `level`, `field`s, `text`, `trace`, `span`, `before`, `after`, the time and `limit`.
    ///
    /// # Errors
    /// [`Misunderstood`], naming the parameter.
    pub fn lines(&self) -> Result<LogQuery, Misunderstood> {
        let row = "the id of a line";
        Ok(LogQuery {
            service: self.text("service"),
            level: self
                .read("level", "trace, debug, info, warn or error", level)?
                .unwrap_or(Level::Unknown),
            fields: self.pairs("field")?,
            text: self.text("text"),
            trace: self.read("trace", "32 hexadecimal digits", id::trace)?,
            span: self.read("span", "16 hexadecimal digits", id::span)?,
            before: self.read("before", row, |text| text.parse().ok())?,
            after: self.read("after", row, |text| text.parse().ok())?,
            window: self.window(900)?,
            limit: self.limit(100)?,
            bars: 60,
        })
    }

    /// `family`, `view`, `service`, `label`s, `by`, the time, `points` and `limit`.
    ///
    /// # Errors
    /// [`Misunderstood`], naming the parameter.
    pub fn metrics(&self) -> Result<MetricQuery, Misunderstood> {
        let mut labels = self.pairs("label")?;
        if let Some(service) = self.first("service") {
            labels.push((super::metrics::SERVICE.to_owned(), service.to_owned()));
        }
        let whole = |text: &str| text.parse().ok().filter(|many| (1..=MOST).contains(many));
        Ok(MetricQuery {
            family: self.text("family"),
            view: self
                .read("view", "rate, value, or a quantile such as p95", view)?
                .unwrap_or(View::Usual),
            labels,
            by: self.all("by").map(str::to_owned).collect(),
            window: self.window(900)?,
            points: self
                .read("points", "a whole number from 1 to 1000", whole)?
                .unwrap_or(120),
            limit: self.limit(20)?,
        })
    }

    /// `service`, `type`, `span`s, the time, and what to compare with.
    ///
    /// # Errors
    /// [`Misunderstood`], naming the parameter.
    pub fn profile(&self) -> Result<ProfileQuery, Misunderstood> {
        let digits = "16 hexadecimal digits";
        let spans = self.all("span").map(|text| {
            id::span(text).ok_or_else(|| Misunderstood {
                name: "span",
                value: text.chars().take(200).collect(),
                allowed: digits,
            })
        });
        let time = "RFC 3339, or nanoseconds since 1970";
        let base_from = self.read("base_from", time, moment)?;
        let base_to = self.read("base_to", time, moment)?;
        Ok(ProfileQuery {
            service: self.text("service"),
            kind: self.text("type"),
            spans: spans.collect::<Result<_, _>>()?,
            window: self.window(900)?,
            baseline: base_from
                .zip(base_to)
                .filter(|(from, to)| from < to)
                .map(|(from, to)| Window { from, to }),
        })
    }

    fn pairs(&self, name: &'static str) -> Result<Vec<(String, String)>, Misunderstood> {
        let pair = |text: &str| {
            let (key, value) = text.split_once('=').ok_or_else(|| Misunderstood {
                name,
                value: text.chars().take(200).collect(),
                allowed: "a key and a value, such as db.system.name=sqlite",
            })?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        self.all(name).map(pair).collect()
    }
}

/// HTTP statuses from the first to the last.
pub(super) type Statuses = (u16, u16);

fn http_status(text: &str) -> Option<Statuses> {
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let status = text
        .parse()
        .ok()
        .filter(|status| (100..=599).contains(status))?;
    Some((status, status))
}

/// `p95` is the quantile 0.95, `p999` is 0.999.
fn view(text: &str) -> Option<View> {
    match text {
        "rate" => Some(View::Rate),
        "value" => Some(View::Value),
        text => {
            let digits = text.strip_prefix('p').filter(|digits| digits.len() <= 6)?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            Some(View::Quantile(format!("0.{digits}").parse().ok()?))
        }
    }
}

fn level(text: &str) -> Option<Level> {
    crate::receive::level(text)
}

fn nanos_of(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds)?.checked_mul(1_000_000_000)
}

fn duration(text: &str) -> Option<u64> {
    let (number, unit) =
        text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let nanos = match unit {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" | "" => 1e9,
        "m" => 60e9,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number * nanos) as u64)
}

fn moment(text: &str) -> Option<u64> {
    if let Ok(nanos) = text.parse() {
        return Some(nanos);
    }
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let civil = || {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    u64::try_from(zoned.or_else(civil)?.as_nanosecond()).ok()
}

/// Whether a span failed, as its status or its HTTP status says.
pub(super) fn is_error(status: Status, http_status: u16) -> bool {
    status == Status::Error || http_status >= 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_part_by_part() {
        let params = Params::parse(
            "service=api&status=5xx&min=250ms&attribute=a%3Db%3Dc&attribute=d%3D&from=2026-01-01T00:00:00Z&to=1767225601000000000",
        );

        let query = params.traces().unwrap();

        assert_eq!(query.status, Some((500, 599)));
        assert_eq!(query.min_nanos, Some(250_000_000));
        let pairs =
            [("a", "b=c"), ("d", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(query.attributes, pairs);
        assert_eq!(query.window.seconds(), 1.0);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (query, name) in [
            ("status=teapot", "status"),
            ("min=soon", "min"),
            ("attribute=lonely", "attribute"),
            ("last=0m", "last"),
            ("from=yesterday", "from"),
            ("from=2&to=1", "to"),
            ("limit=0", "limit"),
            ("errors=none", "errors"),
        ] {
            let error = Params::parse(query).traces().unwrap_err();
            assert_eq!(error.name, name, "{query}");
        }
    }
}

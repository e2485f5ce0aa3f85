//! Whoever keeps the signals: the same questions, in the words of the backends or of the console.

use wire::otlp::Span;

use super::console::{Console, Said};
use super::flames::Flames;
use super::http::Error;
use super::{Stores, flames, lines, traces};
use crate::links::range::Range;

/// The profiles that both know, as Pyroscope names them.
const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

/// Who is asked.
#[derive(Clone, Debug)]
pub(crate) enum Keeper {
    /// A store per signal.
    Backends(Box<Stores>),
    /// The console, which has them all.
    Console(Console),
}

impl Keeper {
    /// All spans of a trace; none if it is not there.
    pub(crate) fn spans(&self, trace_id: &str) -> Result<Vec<Span>, Error> {
        match self {
            Self::Backends(stores) => traces::spans(&stores.traces, trace_id),
            Self::Console(console) => console.spans(trace_id),
        }
    }

    /// The lines of a service that belong to a trace.
    pub(crate) fn lines(
        &self,
        service: &str,
        trace_id: &str,
        range: Range,
    ) -> Result<Vec<Said>, Error> {
        match self {
            Self::Backends(stores) => {
                let query = format!("{{service_name=\"{service}\"}} |= \"{trace_id}\"");
                let found = lines::matching(&stores.lines, &query, range)?;
                Ok(found.iter().map(said).collect())
            }
            Self::Console(console) => {
                console.lines(&[("service", service), ("trace", trace_id)], range)
            }
        }
    }

    /// What a service, or one span of it, spent its CPU time in.
    pub(crate) fn flames(
        &self,
        service: &str,
        span_id: Option<&str>,
        range: Range,
    ) -> Result<Flames, Error> {
        match self {
            Self::Backends(stores) => {
                let labels = format!("{{service_name=\"{service}\"}}");
                let address = &stores.flames;
                match span_id {
                    Some(span) => flames::of_span(address, CPU, &labels, span, range),
                    None => flames::of_series(address, CPU, &labels, range),
                }
            }
            Self::Console(console) => console.flames(service, span_id, range),
        }
    }
}

/// A line of Loki's: what it says stands in its text, whose it is in its labels.
fn said(line: &lines::Line) -> Said {
    let parsed = wire::logfmt::parse(&line.text).ok();
    let field = |name: &str| {
        let own = parsed.as_ref().and_then(|line| line.get(name));
        own.or_else(|| line.label(name)).map(str::to_owned)
    };
    Said {
        unix_nanos: u64::try_from(line.unix_nanos).unwrap_or(0),
        service: field("service_name").unwrap_or_default(),
        message: field("msg").unwrap_or_else(|| line.text.clone()),
        trace_id: field("trace_id"),
        is_sampled: field("sampled").is_some_and(|sampled| sampled == "true"),
    }
}

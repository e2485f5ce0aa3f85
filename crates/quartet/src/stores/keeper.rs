//! Whoever keeps the signals: the same questions, in the words of the backends or of the console.

use wire::otlp::Span;

use super::console::Console;
use super::flames::Flames;
use super::http::Error;
use super::{Stores, flames, lines, traces};
use crate::links::range::Range;

/// The profiles that both know, as Pyroscope names them.
pub(crate) const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

/// Who is asked.
#[derive(Debug)]
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

    /// How many lines of a service belong to a trace.
    pub(crate) fn lines(
        &self,
        service: &str,
        trace_id: &str,
        range: Range,
    ) -> Result<usize, Error> {
        match self {
            Self::Backends(stores) => {
                let query = format!("{{service_name=\"{service}\"}} |= \"{trace_id}\"");
                Ok(lines::matching(&stores.lines, &query, range)?.len())
            }
            Self::Console(console) => {
                let conditions = [("service", service), ("trace", trace_id)];
                Ok(console.lines(&conditions, range)?.len())
            }
        }
    }

    /// What a service spent its CPU time in.
    pub(crate) fn flames(&self, service: &str, range: Range) -> Result<Flames, Error> {
        match self {
            Self::Backends(stores) => {
                let labels = format!("{{service_name=\"{service}\"}}");
                flames::of_series(&stores.flames, CPU, &labels, range)
            }
            Self::Console(console) => console.flames(service, None, range),
        }
    }
}

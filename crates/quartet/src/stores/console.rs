//! The console: all signals behind one address, by its JSON API.

mod answers;

use std::fs;

use anyhow::{Context, Result as Outcome};
use wire::otlp::Span;

use super::flames::Flames;
use super::http::{Address, Error, found};
use crate::links::range::Range;
use crate::root::Root;
use crate::variables::Variables;

pub(crate) use answers::{Call, Dot};
use answers::{Chart, Family, FlameGraph, Lines, Map, Named, Summary, Trace, Traces};

/// As many rows as it gives.
const MOST: usize = 1_000;
/// The histogram that every request is counted in.
const REQUESTS: &str = "http_server_request_duration_seconds";
/// The type that flame graphs are asked for.
const CPU: &str = "process_cpu:cpu";

/// The console of embedded mode.
#[derive(Clone, Debug)]
pub(crate) struct Console(Address);

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) service: String,
    pub(crate) message: String,
    pub(crate) trace_id: Option<String>,
    /// Whether spans of its trace were sent.
    pub(crate) is_sampled: bool,
}

impl Console {
    /// The console there, opened by its token.
    pub(crate) fn new(base: &str, token: &str) -> Self {
        Self(Address::bearer(base, token))
    }

    /// The console that was started below `root`.
    pub(crate) fn embedded(root: &Root, variables: &Variables) -> Outcome<Self> {
        let base = variables.url("QUARTET_CONSOLE_HTTP_ADDRESS")?;
        let file = variables.expand("${QUARTET_CONSOLE_TOKEN_FILE}")?;
        let file = root.path().join(file);
        let token = fs::read_to_string(&file)
            .with_context(|| format!("failed to read the token in {}", file.display()))?;
        Ok(Self::new(&base, token.trim()))
    }

    /// All spans of a trace; none if it is not there.
    pub(crate) fn spans(&self, trace_id: &str) -> Result<Vec<Span>, Error> {
        let path = format!("/api/v1/traces/{trace_id}");
        let trace = found(self.0.get::<Trace>(&path, &[]))?;
        Ok(trace.map(Trace::into_spans).unwrap_or_default())
    }

    /// The id of the trace that a span is of; none if it is not there.
    pub(crate) fn trace_of(&self, span_id: &str) -> Result<Option<String>, Error> {
        let path = format!("/api/v1/spans/{span_id}");
        let span = found(self.0.get::<Named>(&path, &[]))?;
        Ok(span.map(|span| span.trace_id))
    }

    /// The ids of the newest traces of which a span has all of `conditions`, as the API names them.
    pub(crate) fn search(
        &self,
        conditions: &[(&str, &str)],
        range: Range,
    ) -> Result<Vec<String>, Error> {
        let found: Traces = self.0.get("/api/v1/traces", &asked(conditions, range))?;
        Ok(found.into_ids())
    }

    /// The newest lines that have all of `conditions`, newest first.
    pub(crate) fn lines(
        &self,
        conditions: &[(&str, &str)],
        range: Range,
    ) -> Result<Vec<Said>, Error> {
        let mut arguments = asked(conditions, range);
        arguments.push(("limit", MOST.to_string()));
        let found: Lines = self.0.get("/api/v1/logs", &arguments)?;
        Ok(found.into_said())
    }

    /// One number of the requests that have all of `labels`, over all of a range: `view` is `rate`, or a quantile
    /// such as `p99`. None if nothing was counted.
    pub(crate) fn of_requests(
        &self,
        view: &str,
        labels: &[(&str, &str)],
        range: Range,
    ) -> Result<Option<f64>, Error> {
        let chart = self.chart(view, labels, range)?;
        Ok(chart.and_then(|chart| chart.last()))
    }

    /// Requests that have all of `labels` and name their trace.
    pub(crate) fn exemplars(
        &self,
        labels: &[(&str, &str)],
        range: Range,
    ) -> Result<Vec<Dot>, Error> {
        let chart = self.chart("p99", labels, range)?;
        Ok(chart.map(|chart| chart.exemplars).unwrap_or_default())
    }

    /// A chart of a single point, which is of all of the range; none where nobody counts requests.
    fn chart(
        &self,
        view: &str,
        labels: &[(&str, &str)],
        range: Range,
    ) -> Result<Option<Chart>, Error> {
        let labels: Vec<_> = labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut conditions = vec![("family", REQUESTS), ("view", view), ("by", "service_name")];
        conditions.extend(labels.iter().map(|label| ("label", label.as_str())));
        let mut arguments = asked(&conditions, range);
        arguments.push(("points", "1".to_owned()));
        found(self.0.get("/api/v1/metrics/chart", &arguments))
    }

    /// How many label sets a service has in all families; 0 if none has a sample of the last minute.
    pub(crate) fn series(&self, service: &str) -> Result<usize, Error> {
        if self.missing(service, "metrics")?.is_some() {
            return Ok(0);
        }
        let arguments = [("service", service.to_owned())];
        let families: Vec<Family> = self.0.get("/api/v1/metrics", &arguments)?;
        Ok(families.iter().map(|family| family.series).sum())
    }

    /// Why nothing of a signal came from a service in the last minute, in a sentence; none if something did.
    pub(crate) fn missing(&self, service: &str, signal: &str) -> Result<Option<String>, Error> {
        let services: Vec<Summary> = self
            .0
            .get("/api/v1/services", &[("last", "60s".to_owned())])?;
        let found = services.into_iter().find(|summary| summary.name == service);
        Ok(match found {
            Some(summary) => summary.missing(signal),
            None => Some(format!("it never heard of {service}")),
        })
    }

    /// What a service, or one span of it, spent its CPU time in.
    pub(crate) fn flames(
        &self,
        service: &str,
        span_id: Option<&str>,
        range: Range,
    ) -> Result<Flames, Error> {
        let mut conditions = vec![("service", service), ("type", CPU)];
        conditions.extend(span_id.map(|span| ("span", span)));
        let arguments = asked(&conditions, range);
        let path = "/api/v1/profiles/flamegraph";
        let graph = found(self.0.get::<FlameGraph>(path, &arguments))?;
        Ok(graph.map(FlameGraph::into_flames).unwrap_or_default())
    }

    /// Who calls whom.
    pub(crate) fn calls(&self, range: Range) -> Result<Vec<Call>, Error> {
        let map: Map = self.0.get("/api/v1/map", &asked(&[], range))?;
        Ok(map.edges)
    }
}

fn asked<'a>(conditions: &[(&'a str, &str)], range: Range) -> Vec<(&'a str, String)> {
    let given = conditions.iter();
    let mut arguments: Vec<_> = given
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    arguments.push((
        "from",
        format!("{}", range.from_ms.saturating_mul(1_000_000)),
    ));
    arguments.push(("to", format!("{}", range.to_ms.saturating_mul(1_000_000))));
    arguments
}

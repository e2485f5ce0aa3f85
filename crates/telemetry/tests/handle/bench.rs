//! A handle whose spans and metrics are read.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer};
use telemetry::{Settings, Telemetry};
use testbed::Sink;
use wire::openmetrics::{Exposition, Format, parse};
use wire::otlp::Span;

/// Far more than anything here takes.
pub(crate) const BUDGET: Duration = Duration::from_secs(10);

pub(crate) struct Bench {
    pub(crate) telemetry: Telemetry,
    pub(crate) sink: Sink,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let sink = Sink::grpc();
        let telemetry = detached(&sink.endpoint(), variables);
        Self { telemetry, sink }
    }

    /// All spans, once nothing more can come.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.telemetry.shutdown(BUDGET);
        self.sink.spans()
    }

    pub(crate) fn metrics(&self) -> Exposition {
        metrics(&self.telemetry)
    }

    /// A span to be the parent of others.
    pub(crate) fn parent(&self) -> Context {
        Context::new().with_span(self.telemetry.tracer().start("parent"))
    }
}

/// A handle that sends its spans to `endpoint` over gRPC.
pub(crate) fn detached(endpoint: &str, variables: &[(&str, &str)]) -> Telemetry {
    let source = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
        "OTEL_EXPORTER_OTLP_PROTOCOL" => Some("grpc".to_owned()),
        "OTEL_BSP_SCHEDULE_DELAY" => Some("10".to_owned()),
        name => {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    };
    let settings = Settings::from_vars("bench", "1.2.3", &source).unwrap();
    Telemetry::detached(settings).unwrap()
}

pub(crate) fn metrics(telemetry: &Telemetry) -> Exposition {
    let shown = telemetry.metrics().expose("application/openmetrics-text");
    parse(&shown.unwrap().body, Format::OpenMetrics).unwrap()
}

/// The one span of that name.
#[track_caller]
pub(crate) fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    match found[..] {
        [span] => span,
        _ => panic!("not one span {name} in {spans:?}"),
    }
}

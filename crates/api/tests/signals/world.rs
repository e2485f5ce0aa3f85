//! A service whose telemetry is received, until its end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use testbed::{PATIENCE, Service, Sink};
use wire::logfmt::{self, Line};
use wire::openmetrics::{Exposition, Labels};
use wire::otlp::Span;

/// The service under test, and who receives its spans.
pub(crate) struct World {
    pub(crate) api: Service,
    pub(crate) sink: Sink,
}

/// All that a service has said, once it has ended.
pub(crate) struct Ended {
    pub(crate) lines: Vec<Line>,
    pub(crate) spans: Vec<Span>,
}

impl World {
    /// Spans over gRPC.
    pub(crate) fn over_grpc(variables: &[(&str, &str)]) -> Self {
        Self::start("grpc", Sink::grpc(), variables)
    }

    /// Spans over HTTP.
    pub(crate) fn over_http(variables: &[(&str, &str)]) -> Self {
        Self::start("http/protobuf", Sink::http(), variables)
    }

    fn start(protocol: &str, sink: Sink, variables: &[(&str, &str)]) -> Self {
        let endpoint = sink.endpoint();
        let mut all = vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        all.extend_from_slice(variables);
        let api = Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all);
        Self { api, sink }
    }

    /// Waits until one request is under way, as its gauge shows.
    #[track_caller]
    pub(crate) fn wait_until_active(&self) {
        let deadline = Instant::now() + PATIENCE;
        while active(&self.api.metrics()) != 1.0 {
            assert!(Instant::now() < deadline, "no request became active");
        }
    }

    /// Ends the service as an orchestrator does, after which it has said all it had to say.
    pub(crate) fn end(self) -> Ended {
        self.api.process.terminate();
        let exit = self.api.process.wait(PATIENCE);
        assert_eq!(exit.code(), Some(0), "{:?}", self.api.process.lines());
        let lines = self.api.process.lines();
        let parsed = lines.iter().map(|line| {
            logfmt::parse(line).unwrap_or_else(|error| panic!("not logfmt, {error}: {line}"))
        });
        Ended {
            lines: parsed.collect(),
            spans: self.sink.spans(),
        }
    }
}

impl Ended {
    /// The access lines, in their order.
    pub(crate) fn access_lines(&self) -> Vec<&Line> {
        let lines = self.lines.iter();
        lines
            .filter(|line| line.get("target") == Some("access"))
            .collect()
    }

    /// The spans of a trace.
    pub(crate) fn trace(&self, trace_id: &str) -> Vec<&Span> {
        let spans = self.spans.iter();
        spans.filter(|span| span.trace_id == trace_id).collect()
    }
}

/// How many requests are under way.
pub(crate) fn active(metrics: &Exposition) -> f64 {
    metrics.sum("http_server_active_requests", &[])
}

/// How many requests have ended, by their labels.
pub(crate) fn finished(metrics: &Exposition) -> BTreeMap<Labels, f64> {
    let samples = metrics.samples("http_server_request_duration_seconds_count");
    let counts = samples
        .into_iter()
        .map(|sample| (sample.labels.clone(), sample.value));
    counts.collect()
}

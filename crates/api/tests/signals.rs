//! What one request leaves behind in answer, line, span and metric, and that they agree.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use testbed::{Service, Sink};

fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

#[test]
fn answer_line_and_span_carry_the_same_ids() {
    let sink = Sink::grpc();
    let api = Service::start(
        api(),
        &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.endpoint())],
    );

    let answer = api.get("/api/items");

    let line = api.access_line(answer.header("x-request-id").unwrap());
    let span = sink.span(line.get("trace_id").unwrap(), line.get("span_id").unwrap());
    assert_eq!(span.name, "GET /api/items");
    assert_eq!(span.integer("http.response.status_code"), Some(200));
}

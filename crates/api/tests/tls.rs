//! Spans reach a collector behind TLS, and only one that is vouched for.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use testbed::{Service, Sink, TlsFront};

fn api(front: &TlsFront, variables: &[(&str, &str)]) -> Service {
    let endpoint = front.endpoint();
    let mut all = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
    ];
    all.extend(variables);
    Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all)
}

fn check(sink: &Sink, protocol: &str) {
    let front = TlsFront::before(sink.address());
    let authority = front.authority();
    let vouched = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        (
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            authority.to_str().unwrap(),
        ),
    ];

    let trusting = api(&front, &vouched);
    trusting.get("/");
    sink.wait_for_span("the request's span", |span| span.name == "GET /");

    let stranger = api(&front, &vouched[..1]);
    assert_eq!(stranger.get("/").status, 200);
    let refused = stranger
        .process
        .wait_for_logged("the refusal", |line| line.get("level") == Some("warn"));
    assert!(
        refused.get("msg").unwrap().starts_with("spans lost"),
        "{refused:?}"
    );
}

#[test]
fn over_grpc() {
    check(&Sink::grpc(), "grpc");
}

#[test]
fn over_http() {
    check(&Sink::http(), "http/protobuf");
}

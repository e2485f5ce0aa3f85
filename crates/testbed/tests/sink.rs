//! Sinks, against a client of the protocol's own definitions.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use testbed::Sink;
use testbed::http::{self, Connection, Response};
use testbed::sink::Behaviour;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Status};

const TRACE: &str = "01010101010101010101010101010101";

fn export(names: &[&str]) -> ExportTraceServiceRequest {
    let spans = names.iter().zip(1..).map(|(name, number)| Span {
        trace_id: vec![1; 16],
        span_id: vec![number; 8],
        name: (*name).to_owned(),
        ..Span::default()
    });
    let scope_spans = vec![ScopeSpans {
        spans: spans.collect(),
        ..ScopeSpans::default()
    }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans,
            ..ResourceSpans::default()
        }],
    }
}

/// One export over gRPC on a connection of its own.
fn call(sink: &Sink, export: ExportTraceServiceRequest) -> Result<(), Status> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut client = TraceServiceClient::connect(sink.endpoint())
            .await
            .map_err(|error| Status::from_error(error.into()))?
            .send_compressed(CompressionEncoding::Gzip);
        let mut request = tonic::Request::new(export);
        request
            .metadata_mut()
            .insert("x-tenant", "quartet".parse().unwrap());
        request.set_timeout(Duration::from_secs(1));
        client.export(request).await.map(|_| ())
    })
}

fn post(sink: &Sink, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut all = vec![("Content-Type", "application/x-protobuf")];
    all.extend_from_slice(headers);
    http::send(sink.address(), "POST", "/v1/traces", &all, body).unwrap()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn names(sink: &Sink) -> Vec<String> {
    sink.spans().into_iter().map(|span| span.name).collect()
}

#[test]
fn grpc_spans_arrive_with_their_metadata() {
    let sink = Sink::grpc();

    call(&sink, export(&["a", "b"])).unwrap();

    assert_eq!(sink.trace(TRACE, 2).len(), 2);
    assert_eq!(sink.span(TRACE, "0202020202020202").name, "b");
    assert_eq!(sink.requests(), 1);
    let request = sink.last_request().unwrap();
    assert_eq!(request.header("x-tenant"), Some("quartet"));
    assert_eq!(request.header("grpc-encoding"), Some("gzip"));
}

#[test]
fn http_spans_arrive_plain_and_compressed_with_their_headers() {
    let sink = Sink::http();
    let plain = export(&["plain"]).encode_to_vec();
    let compressed = gzip(&export(&["compressed"]).encode_to_vec());

    let first = post(&sink, &[("X-Tenant", "quartet")], &plain);
    assert_eq!(
        sink.last_request().unwrap().header("x-tenant"),
        Some("quartet")
    );
    let second = post(&sink, &[("Content-Encoding", "gzip")], &compressed);

    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(names(&sink), ["plain", "compressed"]);
    assert_eq!(sink.requests(), 2);
}

#[test]
fn an_http_connection_serves_several_requests() {
    let sink = Sink::http();
    let headers = [("Content-Type", "application/x-protobuf")];
    let mut connection = Connection::open(sink.address()).unwrap();

    for name in ["a", "b"] {
        let body = export(&[name]).encode_to_vec();
        let answer = connection
            .send("POST", "/v1/traces", &headers, &body)
            .unwrap();
        assert_eq!(answer.status, 200);
    }

    assert_eq!(names(&sink), ["a", "b"]);
}

#[test]
fn waiting_ends_when_the_spans_come() {
    let sink = Sink::http();

    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| sink.wait_for_span("span late", |span| span.name == "late"));
        for name in ["early", "late"] {
            post(&sink, &[], &export(&[name]).encode_to_vec());
        }
        assert_eq!(waiting.join().unwrap().name, "late");
    });
}

#[test]
#[should_panic(expected = "awaited two spans, there were 1 spans\n  \"only\"")]
fn waiting_in_vain_says_what_was_there() {
    let sink = Sink::http().patience(Duration::from_millis(50));
    post(&sink, &[], &export(&["only"]).encode_to_vec());

    sink.wait_for_spans("two spans", |spans| spans.len() == 2);
}

#[test]
fn a_failing_sink_takes_nothing_until_it_recovers() {
    let grpc = Sink::failing();
    let http = Sink::http();
    http.behave(Behaviour::Fail);

    assert_eq!(
        call(&grpc, export(&["lost"])).unwrap_err().code(),
        Code::Unavailable
    );
    assert_eq!(
        post(&http, &[], &export(&["lost"]).encode_to_vec()).status,
        503
    );
    assert_eq!((grpc.requests(), http.requests()), (1, 1));

    grpc.behave(Behaviour::Accept);
    http.behave(Behaviour::Accept);
    call(&grpc, export(&["kept"])).unwrap();
    post(&http, &[], &export(&["kept"]).encode_to_vec());
    assert_eq!(names(&grpc), ["kept"]);
    assert_eq!(names(&http), ["kept"]);
}

#[test]
fn a_slow_sink_answers_late() {
    let delay = Duration::from_millis(300);
    let sink = Sink::slow(delay);
    let began = Instant::now();

    call(&sink, export(&["a"])).unwrap();

    assert!(delay <= began.elapsed());
    assert_eq!(names(&sink), ["a"]);
}

#[test]
fn a_hanging_sink_does_not_answer() {
    let grpc = Sink::grpc();
    let http = Sink::http();
    grpc.behave(Behaviour::Hang);
    http.behave(Behaviour::Hang);

    let status = call(&grpc, export(&["a"])).unwrap_err();
    let mut connection = Connection::open(http.address())
        .unwrap()
        .patience(Duration::from_millis(200));
    let headers = [("Content-Type", "application/x-protobuf")];
    let outcome = connection.send(
        "POST",
        "/v1/traces",
        &headers,
        &export(&["a"]).encode_to_vec(),
    );

    assert!(
        matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded),
        "{status}"
    );
    assert!(matches!(outcome, Err(http::Error::TimedOut { received }) if received.is_empty()));
    grpc.wait_for_requests(1);
    http.wait_for_requests(1);
    assert!(grpc.spans().is_empty() && http.spans().is_empty());
}

#[test]
fn a_black_hole_accepts_and_never_answers() {
    let sink = Sink::black_hole();

    let mut connection = Connection::open(sink.address())
        .unwrap()
        .patience(Duration::from_millis(200));
    let outcome = connection.send("POST", "/v1/traces", &[], b"");

    assert!(matches!(outcome, Err(http::Error::TimedOut { received }) if received.is_empty()));
}

#[test]
fn a_dropped_sink_closes_its_connections_and_its_port() {
    for sink in [Sink::grpc(), Sink::http(), Sink::black_hole()] {
        let address = sink.address();
        let mut open = Connection::open(address).unwrap();

        drop(sink);

        // A connection that was not accepted yet is reset instead.
        let end = open.read_to_end();
        assert!(
            matches!(end, Ok(_) | Err(http::Error::Reset { .. })),
            "{end:?}"
        );
        let refused = Connection::open(address).err().unwrap();
        assert!(matches!(refused, http::Error::Refused(_)), "{refused}");
    }
}

#[test]
fn a_sink_can_start_later_on_a_known_port() {
    let port = testbed::free_port();

    let first = Sink::grpc_at(port);
    call(&first, export(&["a"])).unwrap();
    drop(first);
    let second = Sink::http_at(port);
    post(&second, &[], &export(&["b"]).encode_to_vec());

    assert_eq!(names(&second), ["b"]);
}

#[test]
fn what_cannot_be_decoded_is_refused_and_kept_as_an_error() {
    let grpc = Sink::grpc();
    let http = Sink::http();
    let mut broken = export(&["broken"]);
    broken.resource_spans[0].scope_spans[0].spans[0]
        .trace_id
        .pop();

    let status = call(&grpc, broken.clone()).unwrap_err();
    let answers = [
        post(&http, &[], &broken.encode_to_vec()),
        post(&http, &[], b"\xff"),
        post(&http, &[("Content-Encoding", "br")], b""),
        post(&http, &[("Content-Encoding", "gzip")], b"not gzip"),
    ];

    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        grpc.errors()[0].contains("trace id of span \"broken\""),
        "{:?}",
        grpc.errors()
    );
    assert!(answers.iter().all(|answer| answer.status == 400));
    assert_eq!(http.errors().len(), 4);
}

#[test]
#[should_panic(
    expected = "the sink could not decode what it got: [\"not for /v1/traces: POST /v1/logs\"]"
)]
fn spans_beside_a_broken_request_fail_the_test() {
    let sink = Sink::http();
    http::send(sink.address(), "POST", "/v1/logs", &[], b"").unwrap();

    sink.spans();
}

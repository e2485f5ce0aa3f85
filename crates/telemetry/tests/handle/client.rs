use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{Data, resource};
use http::HeaderMap;
use opentelemetry::trace::FutureExt;
use telemetry::client::{Call, Client, ErrorType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::otlp::{Kind, Span, Status};

use crate::bench::{Bench, named};

/// A peer that answers one request with that status, and then tells what it got.
fn peer(status: u16) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(head).unwrap().to_lowercase()
    });
    (address, answering)
}

#[derive(Debug, PartialEq)]
struct Failed;

impl ErrorType for Failed {
    fn error_type(&self) -> &'static str {
        "timeout"
    }
}

fn quote(port: u16) -> Call {
    Call {
        peer: "fulfilment",
        method: "POST",
        address: "127.0.0.1",
        port,
        template: "/quotes/{id}",
    }
}

/// Sends the request with those headers, and returns the status of the answer.
async fn exchange(address: SocketAddr, headers: HeaderMap) -> Result<(u16, ()), Failed> {
    let mut head = "POST /quotes/7 HTTP/1.1\r\nHost: peer\r\nContent-Length: 0\r\n".to_owned();
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut stream = TcpStream::connect(address).await.map_err(|_| Failed)?;
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .map_err(|_| Failed)?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.map_err(|_| Failed)?;
    let status = std::str::from_utf8(&answer[9..]).unwrap().parse();
    Ok((status.unwrap(), ()))
}

/// The count of calls with that outcome.
fn counted(bench: &Bench, status: &str, error_type: &str) -> f64 {
    let name = "http_client_request_duration_seconds_count";
    let mut labels = vec![
        ("http_request_method", "POST"),
        ("server_address", "127.0.0.1"),
        ("error_type", error_type),
    ];
    if !status.is_empty() {
        labels.push(("http_response_status_code", status));
    }
    bench.metrics().sum(name, &labels)
}

#[track_caller]
fn call_span(spans: &[Span]) -> &Span {
    let span = named(spans, "POST /quotes/{id}");
    assert_eq!(span.kind, Kind::Client);
    span
}

#[actix_web::test]
async fn the_peer_gets_the_trace_and_the_request_id() {
    let bench = Bench::new();
    let (address, answering) = peer(200);
    let client = bench.telemetry.client();
    let ask = move |client: Data<Client>| async move {
        let asked = client.call(quote(address.port()), |headers| exchange(address, headers));
        assert_eq!(asked.await, Ok((200, ())));
        "asked"
    };
    let app = App::new()
        .app_data(Data::new(client))
        .service(resource("/ask").get(ask))
        .wrap(bench.telemetry.http(&[]));
    let app = init_service(app).await;

    let request = TestRequest::get().uri("/ask");
    let request = request.insert_header(("X-Request-Id", "asked-1"));
    let answer = call_service(&app, request.to_request()).await;

    assert_eq!(answer.status(), 200);
    let received = answering.join().unwrap();
    let spans = bench.spans();
    let span = call_span(&spans);
    let traceparent = format!(
        "\r\ntraceparent: 00-{}-{}-01\r\n",
        span.trace_id, span.span_id
    );
    assert!(received.contains(&traceparent), "{received}");
    assert!(
        received.contains("\r\nx-request-id: asked-1\r\n"),
        "{received}"
    );
    let server = named(&spans, "GET /ask");
    assert_eq!(span.parent_span_id.as_ref(), Some(&server.span_id));
    assert_eq!(span.text("http.request.method"), Some("POST"));
    assert_eq!(span.text("server.address"), Some("127.0.0.1"));
    assert_eq!(span.integer("server.port"), Some(i64::from(address.port())));
    assert_eq!(span.text("url.template"), Some("/quotes/{id}"));
    assert_eq!(span.text("peer.service"), Some("fulfilment"));
    assert_eq!(span.integer("http.response.status_code"), Some(200));
    assert_eq!(span.status, Status::Unset);
    assert_eq!(counted(&bench, "200", ""), 1.0);
    let buckets = bench.metrics();
    let buckets = buckets.samples("http_client_request_duration_seconds_bucket");
    let exemplars = buckets.iter().filter_map(|bucket| bucket.exemplar.as_ref());
    let traces: Vec<_> = exemplars
        .map(|exemplar| &exemplar.labels["trace_id"])
        .collect();
    assert_eq!(traces, [&span.trace_id]);
}

#[actix_web::test]
async fn an_answer_of_400_or_more_is_counted_as_an_error_and_returned() {
    let bench = Bench::new();
    let (address, _answering) = peer(503);
    let client = bench.telemetry.client();

    let asked = client.call(quote(address.port()), |headers| exchange(address, headers));

    assert_eq!(asked.await, Ok((503, ())));
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.text("error.type"), Some("503"));
    assert_eq!(span.integer("http.response.status_code"), Some(503));
    assert!(matches!(span.status, Status::Error(_)), "{:?}", span.status);
    assert_eq!(counted(&bench, "503", "503"), 1.0);
}

#[actix_web::test]
async fn a_call_without_an_answer_is_counted_by_the_name_of_its_error() {
    let bench = Bench::new();
    let client = bench.telemetry.client();

    let asked = client.call(quote(1), |_| async { Err::<(u16, ()), _>(Failed) });

    assert_eq!(asked.await, Err(Failed));
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.text("error.type"), Some("timeout"));
    assert_eq!(span.integer("http.response.status_code"), None);
    assert_eq!(counted(&bench, "", "timeout"), 1.0);
}

#[actix_web::test]
async fn a_cancelled_call_ends_its_span_and_is_counted() {
    let bench = Bench::new();
    let client = bench.telemetry.client();

    let never = client.call(quote(1), |_| {
        std::future::pending::<Result<(u16, ()), Failed>>()
    });
    let cancelled = tokio::time::timeout(Duration::from_millis(20), never).await;

    assert!(cancelled.is_err());
    let spans = bench.spans();
    let span = call_span(&spans);
    assert_eq!(span.text("error.type"), Some("cancelled"));
    assert!(Duration::from_millis(20) <= span.duration());
    assert_eq!(counted(&bench, "", "cancelled"), 1.0);
}

#[actix_web::test]
async fn a_call_that_is_not_sampled_says_so_to_the_peer() {
    let bench = Bench::with(&[("OTEL_TRACES_SAMPLER", "always_off")]);
    let (address, answering) = peer(200);
    let client = bench.telemetry.client();

    let asked = client.call(quote(address.port()), |headers| exchange(address, headers));
    let asked = asked.with_context(bench.parent()).await;

    assert_eq!(asked, Ok((200, ())));
    let received = answering.join().unwrap();
    let traceparent = received
        .lines()
        .find(|line| line.starts_with("traceparent: "));
    let traceparent = traceparent.unwrap();
    assert!(traceparent.ends_with("-00"), "{traceparent}");
    assert!(!received.contains("x-request-id"), "{received}");
    assert_eq!(bench.spans().len(), 0);
    assert_eq!(counted(&bench, "200", ""), 1.0);
}

//! What is in a span, to the last attribute.

use std::collections::BTreeMap;

use testbed::http::Connection;
use wire::otlp::{Attributes, Kind, Value};

use crate::world::World;

fn attributes<const N: usize>(expected: [(&str, Value); N]) -> Attributes {
    expected
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

#[test]
fn a_server_span_has_the_attributes_of_the_conventions_and_no_others() {
    let world = World::over_grpc(&[("QUARTET_ENVIRONMENT", "proof")]);
    let mut connection = Connection::open(world.api.public).unwrap();
    let headers = [("User-Agent", "curl/8 \"x\""), ("X-Request-Id", "r-1")];

    let answer = connection.send("GET", "/api/items?limit=5&token=abc", &headers, b"");

    let answer = answer.unwrap();
    let line = world.api.access_line("r-1");
    let span = world
        .sink
        .span(line.get("trace_id").unwrap(), line.get("span_id").unwrap());
    let peer_port = connection.local_address().unwrap().port();
    let expected = attributes([
        ("http.request.method", "GET".into()),
        ("http.route", "/api/items".into()),
        ("http.response.status_code", 200.into()),
        (
            "http.response.body.size",
            i64::try_from(answer.body.len()).unwrap().into(),
        ),
        ("url.scheme", "http".into()),
        ("url.path", "/api/items".into()),
        ("url.query", "limit=5&token=REDACTED".into()),
        ("network.protocol.version", "1.1".into()),
        ("client.address", "127.0.0.1".into()),
        ("network.peer.address", "127.0.0.1".into()),
        ("network.peer.port", i64::from(peer_port).into()),
        ("server.address", "127.0.0.1".into()),
        ("server.port", i64::from(world.api.public.port()).into()),
        ("user_agent.original", "curl/8 \"x\"".into()),
        ("request.id", "r-1".into()),
    ]);
    assert_eq!(span.attributes, expected);
    assert_eq!(
        (span.name.as_str(), span.kind),
        ("GET /api/items", Kind::Server)
    );
    for (key, value) in [
        ("service.name", "api"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "proof"),
    ] {
        assert_eq!(span.resource.get(key), Some(&value.into()), "{key}");
    }
    assert!(span.start_unix_nanos < span.end_unix_nanos);
}

#[test]
fn a_failed_request_names_its_error_and_a_refused_one_does_not() {
    let world = World::over_grpc(&[]);

    let error_types = ["/api/server-error", "/api/exception", "/api/bad-request"].map(|path| {
        let answer = world.api.get(path);
        let line = world
            .api
            .access_line(answer.header("x-request-id").unwrap());
        let span = world
            .sink
            .span(line.get("trace_id").unwrap(), line.get("span_id").unwrap());
        span.text("error.type").map(str::to_owned)
    });

    assert_eq!(
        error_types,
        [Some("500".to_owned()), Some("panic".to_owned()), None]
    );
}

#[test]
fn a_query_is_a_client_child_of_its_request() {
    let world = World::over_grpc(&[]);
    let answer = world.api.get("/api/items");
    let line = world
        .api
        .access_line(answer.header("x-request-id").unwrap());

    let trace = world.sink.trace(line.get("trace_id").unwrap(), 2);

    let [query, server] = &trace[..] else {
        panic!("a request with one query has two spans: {trace:?}");
    };
    assert_eq!(server.kind, Kind::Server);
    assert_eq!(query.parent_span_id.as_ref(), Some(&server.span_id));
    assert_eq!(
        (query.name.as_str(), query.kind),
        ("SELECT items", Kind::Client)
    );
    let expected = attributes([
        ("db.system.name", "sqlite".into()),
        ("db.namespace", "quartet.db".into()),
        ("db.operation.name", "SELECT".into()),
        ("db.collection.name", "items".into()),
        ("db.query.summary", "SELECT items".into()),
        ("peer.service", "sqlite".into()),
    ]);
    assert_eq!(query.attributes, expected);
    assert_eq!(query.resource, server.resource);
    let within = server.start_unix_nanos..=server.end_unix_nanos;
    assert!(within.contains(&query.start_unix_nanos) && within.contains(&query.end_unix_nanos));
}

#[test]
fn an_order_shows_each_of_its_queries() {
    let world = World::over_http(&[]);
    world
        .api
        .json("POST", "/api/items", r#"{"name":"Cello","stock":3}"#);
    let headers = [
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "key-1"),
    ];
    let order = br#"{"lines":[{"item_id":1,"quantity":1}]}"#;

    let answer = world.api.send("POST", "/api/orders", &headers, order);

    assert_eq!(answer.status, 201);
    let line = world
        .api
        .access_line(answer.header("x-request-id").unwrap());
    let ended = world.end();
    let trace = ended.trace(line.get("trace_id").unwrap());
    let mut names = BTreeMap::new();
    for span in &trace {
        *names.entry(span.name.as_str()).or_insert(0) += 1;
    }
    let expected = [
        ("INSERT idempotency_keys", 1),
        ("INSERT orders", 1),
        ("POST /api/orders", 1),
        ("send orders", 1),
    ];
    assert_eq!(names, BTreeMap::from(expected));
    let named = |name: &str| trace.iter().find(|span| span.name == name).unwrap();
    let (request, job) = (named("POST /api/orders"), named("send orders"));
    assert_eq!(job.kind, Kind::Producer);
    assert_eq!(job.parent_span_id.as_ref(), Some(&request.span_id));
    let written = named("INSERT orders").parent_span_id.as_ref();
    assert_eq!(written, Some(&job.span_id));
    let id = answer.json()["id"].to_string();
    assert_eq!(job.text("messaging.message.id"), Some(id.as_str()));
}

#[test]
fn probes_and_scrapes_leave_no_spans() {
    let world = World::over_grpc(&[("OTEL_TRACES_SAMPLER", "always_on")]);
    world.api.get("/health");
    world.api.metrics();
    world.api.wait_until_ready();

    let ended = world.end();

    let of_housekeeping = |name: &str| name == "DELETE idempotency_keys";
    let spans = ended.spans.iter();
    let others: Vec<_> = spans.filter(|span| !of_housekeeping(&span.name)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(
        ended.access_lines().is_empty(),
        "{:?}",
        ended.access_lines()
    );
}

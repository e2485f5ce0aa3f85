//! Whose word counts: a trusted caller is the parent, any other is only linked.

use testbed::http::Response;
use wire::logfmt::Line;
use wire::otlp::Span;

use crate::world::World;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const STRANGERS: (&str, &str) = ("QUARTET_TRUSTED_PROXIES", "none");

/// A request of a caller with a trace of its own, and the headers a proxy adds.
fn call(world: &World, flags: &str) -> (Response, Line) {
    let traceparent = format!("00-{TRACE}-{CALLER}-{flags}");
    let headers = [
        ("traceparent", traceparent.as_str()),
        ("tracestate", "vendor=a1,other=b2"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
    ];
    let answer = world.api.send("GET", "/api/items", &headers, b"");
    let line = world
        .api
        .access_line(answer.header("x-request-id").unwrap());
    (answer, line)
}

fn server_span(world: &World, line: &Line) -> Span {
    world
        .sink
        .span(line.get("trace_id").unwrap(), line.get("span_id").unwrap())
}

#[test]
fn a_trusted_caller_is_the_parent() {
    let world = World::over_grpc(&[]);

    let (answer, line) = call(&world, "01");

    let span = server_span(&world, &line);
    assert_eq!(span.trace_id, TRACE);
    assert_eq!(span.parent_span_id.as_deref(), Some(CALLER));
    assert_eq!(span.trace_state, "vendor=a1,other=b2");
    assert_eq!(span.links, []);
    let trace = format!("00-{TRACE}-{}-01", span.span_id);
    assert_eq!(answer.header("traceresponse"), Some(trace.as_str()));
}

#[test]
fn a_state_in_two_headers_is_one_and_two_parents_are_none() {
    let world = World::over_grpc(&[]);
    let one = format!("00-{TRACE}-{CALLER}-01");
    let other = format!("00-{TRACE}-b7ad6b7169203331-01");
    let state = [("tracestate", "vendor=a1"), ("tracestate", "other=b2")];

    let with_state = [("traceparent", one.as_str()), state[0], state[1]];
    let twice = [("traceparent", one.as_str()), ("traceparent", &other)];
    let [span, orphan] = [&with_state[..], &twice[..]].map(|headers| {
        let answer = world.api.send("GET", "/api/items", headers, b"");
        let line = world
            .api
            .access_line(answer.header("x-request-id").unwrap());
        server_span(&world, &line)
    });

    assert_eq!(span.parent_span_id.as_deref(), Some(CALLER));
    assert_eq!(span.trace_state, "vendor=a1,other=b2");
    assert_eq!(orphan.parent_span_id, None);
    assert_ne!(orphan.trace_id, TRACE);
}

#[test]
fn a_trusted_caller_decides_whether_its_trace_is_sampled() {
    let world = World::over_http(&[]);

    let (answer, line) = call(&world, "00");

    assert_eq!(line.get("trace_id"), Some(TRACE));
    assert_eq!(line.get("sampled"), Some("false"));
    assert!(answer.header("traceresponse").unwrap().ends_with("-00"));
    assert_eq!(world.end().trace(TRACE), [] as [&Span; 0]);
}

#[test]
fn a_trusted_proxy_names_the_client_and_the_scheme() {
    let world = World::over_grpc(&[]);

    let (_, line) = call(&world, "01");

    let span = server_span(&world, &line);
    assert_eq!(line.get("client.address"), Some("203.0.113.9"));
    assert_eq!(span.text("client.address"), Some("203.0.113.9"));
    assert_eq!(span.text("network.peer.address"), Some("127.0.0.1"));
    assert_eq!(span.text("url.scheme"), Some("https"));
    let scheme = [("url_scheme", "https")];
    let count = world
        .api
        .metrics()
        .sum("http_server_request_duration_seconds_count", &scheme);
    assert_eq!(count, 1.0);
}

#[test]
fn a_stranger_is_linked_and_its_flag_does_not_hide_a_trace() {
    let world = World::over_grpc(&[STRANGERS]);

    for flags in ["00", "01"] {
        let (_, line) = call(&world, flags);

        assert_eq!(line.get("sampled"), Some("true"), "{flags}");
        let span = server_span(&world, &line);
        assert_ne!(span.trace_id, TRACE, "{flags}");
        assert_eq!(span.parent_span_id, None, "{flags}");
        assert_eq!(span.trace_state, "", "{flags}");
        let [link] = &span.links[..] else {
            panic!("one link to the caller with flag {flags}: {:?}", span.links);
        };
        assert_eq!(
            (link.trace_id.as_str(), link.span_id.as_str()),
            (TRACE, CALLER)
        );
        assert_eq!(link.trace_state, "", "a stranger's state is not carried");
    }
    assert_eq!(world.end().trace(TRACE), [] as [&Span; 0]);
}

#[test]
fn the_flag_of_a_stranger_does_not_force_a_trace() {
    let world = World::over_grpc(&[STRANGERS, ("OTEL_TRACES_SAMPLER", "parentbased_always_off")]);

    let (_, line) = call(&world, "01");

    assert_eq!(line.get("sampled"), Some("false"));
    assert_ne!(line.get("trace_id"), Some(TRACE));
    assert_eq!(world.end().spans, []);
}

#[test]
fn what_a_stranger_forwards_does_not_count() {
    let world = World::over_grpc(&[STRANGERS]);

    let (_, line) = call(&world, "01");

    let span = server_span(&world, &line);
    assert_eq!(line.get("client.address"), Some("127.0.0.1"));
    assert_eq!(span.text("client.address"), Some("127.0.0.1"));
    assert_eq!(span.text("url.scheme"), Some("http"));
}

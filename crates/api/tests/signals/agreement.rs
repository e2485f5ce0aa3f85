//! Answer, access line, metric and span of each request say the same, whatever the sampler decides.

use std::collections::BTreeMap;

use testbed::http::Connection;
use wire::logfmt::Line;
use wire::otlp::Kind;

use crate::case::MAX_BODY_BYTES;
use crate::cases::CASES;
use crate::checks::{check_answer, check_line, check_lines, check_metrics, check_trace, of};
use crate::world::{Ended, World, finished};

/// How many further requests show that a share of traces is sampled: that none of them is, or all are,
/// happens once in a billion runs at 10 %.
const MORE_REQUESTS: usize = 200;

#[test]
fn all_signals_of_a_request_agree_when_all_traces_are_sampled() {
    let world = World::over_grpc(&[("QUARTET_MAX_BODY_BYTES", MAX_BODY_BYTES)]);

    let ended = run(world, |sampled| {
        assert!(sampled.iter().all(|(_, sampled)| *sampled), "{sampled:?}");
    });

    let servers = ended.spans.iter().filter(|span| span.kind == Kind::Server);
    assert_eq!(servers.count(), ended.access_lines().len());
}

#[test]
fn all_signals_of_a_request_agree_when_a_tenth_of_the_traces_is_sampled() {
    let world = World::over_http(&[
        ("QUARTET_MAX_BODY_BYTES", MAX_BODY_BYTES),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
    ]);

    run(world, |sampled| {
        let count = sampled.values().filter(|sampled| **sampled).count();
        assert!(
            (1..sampled.len() / 2).contains(&count),
            "{count} of {}",
            sampled.len()
        );
    });
}

#[test]
fn all_signals_of_a_request_agree_when_no_trace_is_sampled() {
    let world = World::over_grpc(&[
        ("QUARTET_MAX_BODY_BYTES", MAX_BODY_BYTES),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ]);

    let ended = run(world, |sampled| {
        assert!(sampled.iter().all(|(_, sampled)| !sampled), "{sampled:?}");
    });

    assert_eq!(ended.spans, []);
}

/// Makes every request, checks what it leaves behind, ends the service and checks the rest.
fn run(world: World, check_shares: impl FnOnce(&BTreeMap<String, bool>)) -> Ended {
    let mut lines = Vec::new();
    for case in CASES {
        let before = finished(&world.api.metrics());
        let answer = case.act(&world);
        let line = world.api.access_line(case.name);
        let metrics = world.api.metrics();

        check_line(case, &line);
        check_metrics(case, &before, &metrics, &line);
        if let Some(answer) = &answer {
            check_answer(case, answer, &line);
        }
        lines.push(line);
    }
    make_more_requests(&world);
    probe_quietly(&world);
    let ended = world.end();

    check_shares(&sampled(&ended));
    for (case, line) in CASES.iter().zip(&lines) {
        check_lines(case, &ended, line);
        check_trace(case, &ended, line);
    }
    check_that_spans_arrive_if_sampled(&ended);
    let count = ended.access_lines().len();
    assert_eq!(
        count,
        CASES.len() + MORE_REQUESTS,
        "one access line per request"
    );
    ended
}

fn make_more_requests(world: &World) {
    let mut connection = Connection::open(world.api.public).unwrap();
    for _ in 0..MORE_REQUESTS {
        let answer = connection.send("GET", "/api/items", &[], b"").unwrap();
        assert_eq!(answer.status, 200);
    }
}

fn probe_quietly(world: &World) {
    let headers = [("X-Request-Id", "quiet")];
    let before = finished(&world.api.metrics());

    let answer = world.api.send("GET", "/health", &headers, b"");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-request-id"), Some("quiet"));
    assert_eq!(answer.header("traceresponse"), None);
    assert_eq!(
        finished(&world.api.metrics()),
        before,
        "a probe is not counted"
    );
}

fn sampled(ended: &Ended) -> BTreeMap<String, bool> {
    let lines = ended.access_lines().into_iter();
    lines
        .map(|line| {
            (
                of(line, "trace_id").to_owned(),
                of(line, "sampled") == "true",
            )
        })
        .collect()
}

/// A link from a line leads somewhere if, and only if, the line says so.
fn check_that_spans_arrive_if_sampled(ended: &Ended) {
    let server_of = |line: &Line| {
        let trace = ended.trace(of(line, "trace_id"));
        trace
            .iter()
            .filter(|span| span.span_id == of(line, "span_id"))
            .count()
    };
    for line in ended.access_lines() {
        let expected = usize::from(of(line, "sampled") == "true");
        assert_eq!(server_of(line), expected, "spans of {line:?}");
    }
}

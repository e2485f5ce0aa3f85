//! The sink for profiles, against requests made by hand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use testbed::ProfileSink;
use testbed::http::{self, Connection, Response, compose};
use testbed::sink::Behaviour;

const PATH: &str = "/push.v1.PusherService/Push";

/// A push of one profile without samples: one series with one label, whose profile has the empty text only.
const PUSH: &[u8] = &[
    10, 21, 10, 13, 10, 8, b'_', b'_', b'n', b'a', b'm', b'e', b'_', b'_', 18, 1, b'x', 18, 4, 10,
    2, 50, 0,
];

fn push(sink: &ProfileSink, media: &str, body: &[u8]) -> Response {
    let media = [("Content-Type", media)];
    http::send(sink.address(), "POST", PATH, &media, body).unwrap()
}

#[test]
fn a_push_is_taken_with_its_series() {
    let sink = ProfileSink::start();

    let answer = push(&sink, "application/proto", PUSH);

    assert_eq!(answer.status, 200, "{}", answer.text());
    let pushes = sink.pushes();
    assert_eq!(pushes.len(), 1);
    assert_eq!(pushes[0].label("__name__"), Some("x"));
    assert_eq!(sink.requests(), 1);
}

#[test]
fn what_is_no_push_is_refused_and_noted() {
    let sink = ProfileSink::start();

    assert_eq!(push(&sink, "application/json", PUSH).status, 400);
    assert_eq!(push(&sink, "application/proto", b"\xff").status, 400);
    let elsewhere = http::send(sink.address(), "POST", "/ingest", &[], PUSH).unwrap();
    assert_eq!(elsewhere.status, 404);

    assert_eq!(sink.errors().len(), 3, "{:?}", sink.errors());
}

#[test]
fn a_sink_fails_delays_and_hangs_as_told() {
    let sink = ProfileSink::start();

    sink.behave(Behaviour::Fail);
    assert_eq!(push(&sink, "application/proto", PUSH).status, 503);
    assert_eq!(sink.pushes().len(), 0);
    let delay = Duration::from_millis(200);
    sink.behave(Behaviour::Delay(delay));
    let began = Instant::now();
    assert_eq!(push(&sink, "application/proto", PUSH).status, 200);
    assert!(delay <= began.elapsed());
    sink.behave(Behaviour::Hang);
    for sink in [sink, ProfileSink::black_hole()] {
        let connection = Connection::open(sink.address()).unwrap();
        let mut connection = connection.patience(Duration::from_millis(300));
        let media = [("Content-Type", "application/proto")];
        let bytes = compose(sink.address(), "POST", PATH, &media, PUSH);
        assert!(connection.request(&bytes).is_err());
    }
}

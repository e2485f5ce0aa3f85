//! Clients that take their time.

use std::time::{Duration, Instant};

use testbed::Service;
use testbed::http::{Connection, Error};

use crate::answers::assert_problem;
use crate::start;

/// What a slow machine may add.
const SLACK: Duration = Duration::from_secs(3);
/// How long a connection is kept for a next request.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_millis(300);

fn impatient() -> Service {
    start(&[
        ("QUARTET_HEAD_TIMEOUT_MS", "300"),
        ("QUARTET_BODY_TIMEOUT_MS", "300"),
    ])
}

fn head(api: &Service, method: &str, path: &str, framing: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n",
        api.public
    )
}

/// Sends a byte from time to time until the connection is closed.
fn trickle(connection: &mut Connection, byte: &[u8]) {
    while connection.write(byte).is_ok() {
        std::thread::sleep(TIMEOUT / 6);
    }
}

fn open(api: &Service) -> Connection {
    Connection::open(api.public)
        .unwrap()
        .patience(TIMEOUT + SLACK)
}

#[test]
fn a_body_that_stalls_is_refused_in_time_and_its_connection_closed() {
    let api = impatient();
    let stalled = [
        ("Content-Length: 100", ""),
        ("Content-Length: 100", r#"{"name":"#),
        ("Transfer-Encoding: chunked", ""),
        ("Transfer-Encoding: chunked", "5\r\n{\"nam\r\n"),
    ];

    for (framing, part) in stalled {
        let mut connection = open(&api);
        let began = Instant::now();
        let request = head(&api, "POST", "/api/items", framing) + part;
        connection.write(request.as_bytes()).unwrap();

        let answer = connection.read().unwrap();

        assert_problem(&answer, 408, "body_timeout");
        assert!(TIMEOUT <= began.elapsed(), "{:?}", began.elapsed());
        assert!(connection.read_to_end().unwrap().is_empty());
    }
    let counter = "http_server_refused_requests_total";
    let counted = api.metrics().value(counter, &[("reason", "body_timeout")]);
    assert_eq!(counted, Some(4.0));
}

#[test]
fn a_body_that_trickles_is_refused_in_time() {
    let api = impatient();
    let mut connection = open(&api);
    let began = Instant::now();
    let request = head(&api, "POST", "/api/orders", "Content-Length: 100");
    connection.write(request.as_bytes()).unwrap();

    trickle(&mut connection, b" ");

    assert!(began.elapsed() < TIMEOUT + SLACK);
    api.process.wait_for_logged("the access line", |line| {
        line.get("target") == Some("access") && line.get("http.response.status_code") == Some("408")
    });
}

#[test]
fn a_body_nobody_reads_does_not_hold_its_connection() {
    let api = impatient();
    let mut asked = Vec::new();

    for (method, path, status) in [
        ("POST", "/nowhere", 404),
        ("GET", "/api/items", 200),
        ("PUT", "/api/items", 405),
        ("GET", "/api/exception", 500),
    ] {
        for framing in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
            let request = head(&api, method, path, framing);
            let mut connection = open(&api);
            connection.write(request.as_bytes()).unwrap();
            asked.push((connection, request, status));
        }
    }
    for (connection, request, status) in &mut asked {
        let answer = connection.read().unwrap();
        assert_eq!(answer.status, *status, "{request}");
        let rest = connection.read_to_end().unwrap();
        assert!(rest.is_empty(), "{request}");
    }
}

#[test]
fn a_head_that_stalls_or_trickles_is_refused_in_time() {
    let api = impatient();

    for part in ["", "G", "GET /api/items HTTP/1.1\r\nHost: localhost\r\nX-"] {
        let began = Instant::now();
        let mut stalled = open(&api);
        stalled.write(part.as_bytes()).unwrap();
        match stalled.read() {
            Ok(answer) => assert_eq!(answer.status, 408),
            Err(Error::Closed | Error::Reset { .. }) => {}
            Err(error) => panic!("{part:?}: {error}"),
        }

        let mut trickling = open(&api);
        trickling.write(part.as_bytes()).unwrap();
        trickle(&mut trickling, b"x");

        assert!(began.elapsed() < 2 * (TIMEOUT + SLACK), "{part:?}");
    }
}

#[test]
fn a_later_head_that_trickles_is_refused_too() {
    let api = impatient();
    let mut connection = open(&api);
    assert_eq!(
        connection
            .send("GET", "/api/items", &[], b"")
            .unwrap()
            .status,
        200
    );
    let began = Instant::now();

    connection.write(b"GET /api/items HTTP/1.1\r\nX-").unwrap();
    while connection.write(b"x").is_ok() {
        std::thread::sleep(TIMEOUT);
        assert!(
            began.elapsed() < KEEP_ALIVE + TIMEOUT + SLACK,
            "a head that never ends holds its connection"
        );
    }
}

#[test]
fn a_request_under_way_is_no_slow_head() {
    let api = start(&[("QUARTET_HEAD_TIMEOUT_MS", "1")]);
    let mut connection = Connection::open(api.public).unwrap();
    let request = head(&api, "POST", "/api/items", "Content-Length: 14");

    connection.write(request.as_bytes()).unwrap();
    std::thread::sleep(KEEP_ALIVE + TIMEOUT);
    connection.write(br#"{"name":"Pen"}"#).unwrap();

    assert_eq!(connection.read().unwrap().status, 201);
}

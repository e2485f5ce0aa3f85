//! Bodies that are larger than is taken, or never end.

use std::time::{Duration, Instant};

use testbed::Service;
use testbed::http::{self, Connection, Error, Response};

use crate::answers::assert_problem;
use crate::{new_item, start};

const TEN_MB: usize = 10_000_000;
const CHUNK: usize = 64 * 1024;
/// A client that sends without end has to be cut off within this time.
const CUT_OFF: Duration = Duration::from_secs(5);

fn head(api: &Service, method: &str, path: &str, framing: &str) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n",
        api.public
    );
    head.into_bytes()
}

fn refused(api: &Service, reason: &str) -> f64 {
    let counter = "http_server_refused_requests_total";
    api.metrics().value(counter, &[("reason", reason)]).unwrap()
}

#[test]
fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let api = start(&[]);

    for (method, path) in [
        ("POST", "/api/items"),
        ("PUT", "/api/items/1"),
        ("PATCH", "/api/items/1"),
        ("POST", "/api/orders"),
        ("GET", "/api/items"),
        ("POST", "/nowhere"),
    ] {
        let before = refused(&api, "body_too_large");
        let framing = format!("Content-Length: {TEN_MB}");
        // Nothing but the head is sent.
        let answer = http::request(api.public, &head(&api, method, path, &framing)).unwrap();

        assert_problem(&answer, 413, "body_too_large");
        assert_eq!(refused(&api, "body_too_large"), before + 1.0);
    }
}

#[test]
fn a_client_that_sends_10_mb_all_the_same_gets_its_answer() {
    let api = start(&[]);
    let mut request = head(
        &api,
        "POST",
        "/api/items",
        &format!("Content-Length: {TEN_MB}"),
    );
    request.resize(request.len() + TEN_MB, b' ');

    let answer = http::request(api.public, &request).unwrap();

    assert_problem(&answer, 413, "body_too_large");
}

#[test]
fn a_body_is_taken_up_to_the_limit() {
    let api = start(&[("QUARTET_MAX_BODY_BYTES", "1000")]);
    let item = r#"{"name":"Pen"}"#;
    let chunked = |length: usize| {
        let body = format!("{item:length$}");
        let framing = "Transfer-Encoding: chunked\r\nConnection: close";
        let mut request = head(&api, "POST", "/api/items", framing);
        request.extend(format!("{length:x}\r\n{body}\r\n0\r\n\r\n").into_bytes());
        http::request(api.public, &request).unwrap()
    };

    let at = api.json("POST", "/api/items", &format!("{item:1000}"));
    let beyond = api.json("POST", "/api/items", &format!("{item:1001}"));

    assert_eq!(at.status, 201);
    assert_problem(&beyond, 413, "body_too_large");
    assert_eq!(chunked(1000).status, 201);
    assert_problem(&chunked(1001), 413, "body_too_large");
    assert_eq!(refused(&api, "body_too_large"), 2.0);
}

/// Sends chunk after chunk until the connection is closed, and returns the answer.
#[track_caller]
fn send_without_end(api: &Service, method: &str, path: &str) -> Response {
    let mut connection = Connection::open(api.public).unwrap().patience(CUT_OFF);
    let head = head(api, method, path, "Transfer-Encoding: chunked");
    connection.write(&head).unwrap();
    let chunk = [
        format!("{CHUNK:x}\r\n").as_bytes(),
        &vec![b' '; CHUNK],
        b"\r\n",
    ]
    .concat();

    let began = Instant::now();
    let mut answer = None;
    while connection.write(&chunk).is_ok() {
        // The answer has to be taken before the system forgets it with the reset.
        if answer.is_none() && began.elapsed() > Duration::from_millis(100) {
            answer = Some(connection.read().unwrap());
        }
        assert!(
            began.elapsed() < CUT_OFF,
            "{method} {path} takes a body without end, after {answer:?}"
        );
    }
    answer.unwrap_or_else(|| connection.read().unwrap())
}

#[test]
fn a_body_without_end_is_refused_and_its_connection_closed() {
    let api = start(&[]);
    new_item(&api);
    let memory = api.process.resident_bytes();

    std::thread::scope(|scope| {
        for (method, path, status) in [
            ("POST", "/api/items", 413),
            ("POST", "/api/orders", 413),
            ("PATCH", "/api/items/1", 413),
            ("POST", "/nowhere", 404),
            ("GET", "/api/items", 200),
            ("DELETE", "/api/orders/1", 404),
            ("PUT", "/api/items", 405),
            ("GET", "/api/exception", 500),
        ] {
            let api = &api;
            scope.spawn(move || {
                let answer = send_without_end(api, method, path);
                assert_eq!(answer.status, status, "{method} {path}");
            });
        }
    });

    let grown = api.process.resident_bytes().saturating_sub(memory);
    assert!(grown < 32 << 20, "{grown} bytes");
}

#[test]
fn a_body_that_ends_before_its_length_is_incomplete() {
    let api = start(&[]);

    for (framing, part) in [
        ("Content-Length: 100", r#"{"name":"#),
        ("Content-Length: 100", ""),
        ("Transfer-Encoding: chunked", "5\r\n{\"nam"),
        ("Transfer-Encoding: chunked", "5\r\n{\"nam\r\n"),
    ] {
        let mut connection = Connection::open(api.public).unwrap();
        let mut request = head(&api, "POST", "/api/items", framing);
        request.extend(part.as_bytes());
        connection.write(&request).unwrap();
        connection.half_close().unwrap();

        let answer = connection.read().unwrap();

        assert_problem(&answer, 400, "incomplete_body");
    }
}

#[test]
fn chunks_that_are_none_are_refused() {
    let api = start(&[]);

    for part in [
        "xyz\r\n",
        "-1\r\n",
        "fffffffffffffffff\r\n",
        "5\r\nabcdefgh",
    ] {
        let mut request = head(&api, "POST", "/api/items", "Transfer-Encoding: chunked");
        request.extend(part.as_bytes());

        match http::request(api.public, &request) {
            Ok(answer) => assert_eq!(answer.status, 400, "{part:?}"),
            Err(Error::Closed | Error::Reset { .. }) => {}
            Err(error) => panic!("{part:?}: {error}"),
        }
    }
}

#[test]
fn a_head_that_contradicts_itself_is_refused() {
    let api = start(&[]);

    for framing in [
        "Content-Length: ten",
        "Content-Length: -1",
        "Content-Length: +1",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, gzip",
        &format!("X-Large: {}", "x".repeat(200_000)),
    ] {
        let request = head(&api, "POST", "/api/items", framing);

        match http::request(api.public, &request) {
            Ok(answer) => assert!(matches!(answer.status, 400 | 431), "{answer:?}"),
            Err(Error::Closed | Error::Reset { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(api.get("/api/items").status, 200);
}

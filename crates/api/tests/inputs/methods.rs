//! Methods that a URL takes, and those that it does not.

use testbed::http::{self, Error};

use crate::answers::assert_problem;
use crate::{new_item, start};

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let api = start(&[]);

    for (path, allowed) in [
        ("/", "GET, HEAD"),
        ("/health", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/api/items", "GET, POST, HEAD"),
        ("/api/items/1", "GET, PUT, PATCH, DELETE, HEAD"),
        ("/api/orders", "GET, POST, HEAD"),
        ("/api/orders/1", "GET, DELETE, HEAD"),
        ("/api/slow", "GET, HEAD"),
        ("/api/exception", "GET, HEAD"),
    ] {
        let allowed: Vec<_> = allowed.split(", ").collect();
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = api.send(method, path, &[], b"");

            assert_problem(&answer, 405, "method_not_allowed");
            let told = answer.header_values("Allow").join(", ");
            let mut told: Vec<_> = told.split(", ").collect();
            let mut allowed = allowed.clone();
            told.sort_unstable();
            allowed.sort_unstable();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let api = start(&[]);
    new_item(&api);

    for path in [
        "/",
        "/health",
        "/openapi.json",
        "/api/items",
        "/api/items/1",
        "/nowhere",
    ] {
        let got = api.get(path);
        let head = api.send("HEAD", path, &[], b"");

        assert_eq!(head.status, got.status, "{path}");
        assert!(head.body.is_empty());
        for header in ["Content-Type", "Content-Length"] {
            assert_eq!(head.header(header), got.header(header), "{path}");
        }
    }
}

#[test]
fn a_request_for_a_tunnel_or_for_the_server_itself_is_refused() {
    let api = start(&[]);

    for request in [
        "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/3.0\r\nHost: localhost\r\n\r\n",
        "GET  /api/items HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}",
    ] {
        match http::request(api.public, request.as_bytes()) {
            Ok(answer) => assert!((400..500).contains(&answer.status), "{answer:?}"),
            Err(Error::Closed | Error::Reset { .. }) => {}
            Err(error) => panic!("{request:?}: {error}"),
        }
    }
}

//! Whom a request was meant for.

use testbed::Service;
use testbed::http::{self, Response};

use crate::answers::assert_problem;
use crate::start;

fn ask(api: &Service, host: &str) -> Response {
    api.send("GET", "/api/items", &[("Host", host)], b"")
}

#[test]
fn only_hosts_on_the_list_are_served() {
    let api = start(&[("QUARTET_ALLOWED_HOSTS", "shop.example, [::1]")]);

    for host in ["shop.example", "SHOP.example:8000", "[::1]", "[::1]:8000"] {
        assert_eq!(ask(&api, host).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "shop.example.evil.example",
        "sub.shop.example",
        "localhost",
        "127.0.0.1",
        "shop.example:80:80",
        "shop.example,evil.example",
        "",
    ] {
        assert_problem(&ask(&api, host), 421, "unknown_host");
    }
    let counter = "http_server_refused_requests_total";
    let counted = api.metrics().value(counter, &[("reason", "host")]);
    assert_eq!(counted, Some(8.0));
}

#[test]
fn by_default_this_machine_alone_is_served() {
    let api = start(&[]);

    for host in ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000"] {
        assert_eq!(ask(&api, host).status, 200, "{host}");
    }
    assert_problem(&ask(&api, "shop.example"), 421, "unknown_host");
}

#[test]
fn with_a_star_every_host_is_served() {
    let api = start(&[("QUARTET_ALLOWED_HOSTS", "*")]);

    assert_eq!(ask(&api, "whatever.example").status, 200);
}

#[test]
fn a_host_that_is_missing_or_there_twice_is_refused() {
    let api = start(&[]);

    for hosts in [
        "",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: \u{e9}\r\n",
    ] {
        let request = format!("GET /api/items HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");

        let answer = http::request(api.public, request.as_bytes()).unwrap();

        assert_eq!(answer.status, 400, "{hosts:?}");
    }
    let old = http::request(api.public, b"GET /api/items HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(old.status, 200);
}

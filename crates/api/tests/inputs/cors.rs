//! Pages of other sites.

use testbed::Service;
use testbed::http::Response;

use crate::answers::assert_problem;
use crate::start;

const SHOP: (&str, &str) = ("Origin", "https://shop.example");
const READABLE: &str = "Access-Control-Allow-Origin";

fn preflight(api: &Service, origin: &str) -> Response {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    api.send("OPTIONS", "/api/items/1", &headers, b"")
}

#[test]
fn by_default_no_other_site_reads_an_answer() {
    let api = start(&[]);

    let answer = api.send("GET", "/api/items", &[SHOP], b"");
    let asked = preflight(&api, SHOP.1);

    assert_eq!((answer.status, answer.header(READABLE)), (200, None));
    assert_problem(&asked, 405, "method_not_allowed");
    assert_eq!(asked.header(READABLE), None);
}

#[test]
fn a_site_on_the_list_may_ask_and_reads_every_kind_of_answer() {
    let api = start(&[
        ("QUARTET_CORS_ORIGINS", "https://shop.example"),
        ("QUARTET_MAX_BODY_BYTES", "1000"),
    ]);
    let too_large = " ".repeat(1001);

    let asked = preflight(&api, SHOP.1);
    assert_eq!(asked.status, 200, "{asked:?}");
    assert_eq!(asked.header(READABLE), Some(SHOP.1));
    assert!(
        asked
            .header("Access-Control-Allow-Methods")
            .unwrap()
            .contains("PATCH")
    );
    for (method, path, body, status) in [
        ("GET", "/api/items", "", 200),
        ("GET", "/nowhere", "", 404),
        ("GET", "/api/items?limit=0", "", 400),
        ("PUT", "/api/items", "", 405),
        ("POST", "/api/items", "{}", 415),
        ("POST", "/api/items", too_large.as_str(), 413),
        ("GET", "/api/server-error", "", 500),
    ] {
        let answer = api.send(method, path, &[SHOP], body.as_bytes());

        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header(READABLE), Some(SHOP.1), "{answer:?}");
        assert!(answer.header("Vary").unwrap().contains("Origin"));
    }
}

#[test]
fn a_site_that_is_not_on_the_list_reads_nothing() {
    let api = start(&[("QUARTET_CORS_ORIGINS", "https://shop.example")]);

    for origin in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example.evil.example",
        "null",
    ] {
        let answer = api.send("GET", "/api/items", &[("Origin", origin)], b"");

        assert_eq!(answer.header(READABLE), None, "{origin}");
        assert_eq!(preflight(&api, origin).header(READABLE), None, "{origin}");
    }
    assert_eq!(api.get("/api/items").status, 200);
}

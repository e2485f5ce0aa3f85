//! What every answer has, and what every problem says.

use serde_json::Value;
use testbed::http::{self, Response};

use crate::start;

const SECURITY: [(&str, &str); 6] = [
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "0"),
    (
        "Strict-Transport-Security",
        "max-age=31536000; includeSubDomains",
    ),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    (
        "Permissions-Policy",
        "geolocation=(), microphone=(), camera=()",
    ),
];

/// Holds an answer to the security headers, each given once.
#[track_caller]
pub(crate) fn assert_secured(answer: &Response) {
    for (name, value) in SECURITY {
        assert_eq!(answer.header_values(name), [value], "{name}: {answer:?}");
    }
    let policies = answer.header_values("Content-Security-Policy");
    assert_eq!(policies.len(), 1, "{answer:?}");
    assert!(
        policies[0].starts_with("default-src '") && policies[0].contains("frame-ancestors 'none'"),
        "{policies:?}"
    );
}

/// Holds an answer to RFC 9457 and to what we add to it; returns its body.
#[track_caller]
pub(crate) fn assert_problem(answer: &Response, status: u16, code: &str) -> Value {
    assert_eq!(
        (answer.status, answer.header("Content-Type")),
        (status, Some("application/problem+json")),
        "{answer:?}"
    );
    assert_secured(answer);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["type"], "about:blank", "{problem}");
    assert_eq!(
        problem["request_id"].as_str(),
        answer.header("X-Request-Id"),
        "{problem}"
    );
    let trace_id = problem["trace_id"].as_str().unwrap();
    assert!(
        trace_id.len() == 32 && trace_id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{problem}"
    );
    for text in ["title", "detail"] {
        assert!(!problem[text].as_str().unwrap().is_empty(), "{problem}");
    }
    problem
}

/// A problem that blames exactly this field, with this code.
#[track_caller]
pub(crate) fn assert_blamed(answer: &Response, status: u16, field: &str, code: &str) {
    let kind = match status {
        400 => "invalid_parameter",
        _ => "invalid_body",
    };
    let problem = assert_problem(answer, status, kind);
    let errors = problem["errors"].as_array().unwrap();
    let blamed: Vec<_> = errors
        .iter()
        .map(|error| (error["field"].as_str(), error["code"].as_str()))
        .collect();
    assert_eq!(blamed, [(Some(field), Some(code))], "{problem}");
    assert!(!errors[0]["detail"].as_str().unwrap().is_empty());
}

#[test]
fn every_kind_of_answer_has_the_security_headers() {
    let api = start(&[]);

    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs", 308),
        ("GET", "/docs/", 200),
        ("HEAD", "/api/items", 200),
        ("GET", "/api/items", 200),
        ("DELETE", "/api/items/1000000", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/api/items", 405),
        ("OPTIONS", "/api/items", 405),
        ("GET", "/api/items?limit=0", 400),
        ("POST", "/api/items", 415),
        ("GET", "/api/bad-request", 400),
        ("GET", "/api/server-error", 500),
        ("GET", "/api/exception", 500),
    ] {
        let answer = api.send(method, path, &[], b"");

        assert_eq!(answer.status, status, "{method} {path}");
        assert_secured(&answer);
    }
    for path in ["/metrics", "/health/live", "/health/ready", "/faults", "/x"] {
        assert_secured(&http::get(api.operations, path).unwrap());
    }
}

#[test]
fn each_kind_of_problem_has_a_code_of_its_own() {
    let api = start(&[]);

    for (method, path, status, code) in [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/items/1000000", 404, "not_found"),
        ("GET", "/api/orders/1000000", 404, "not_found"),
        ("DELETE", "/api/orders/1000000", 404, "not_found"),
        ("PUT", "/api/items", 405, "method_not_allowed"),
        ("POST", "/api/orders", 415, "unsupported_media_type"),
        ("GET", "/api/bad-request", 400, "bad_request"),
        ("GET", "/api/server-error", 500, "internal_error"),
        ("GET", "/api/exception", 500, "internal_error"),
    ] {
        let answer = api.send(method, path, &[], b"");

        assert_problem(&answer, status, code);
    }
}

#[test]
fn a_panic_says_nothing_of_itself_and_leaves_its_connection_usable() {
    let api = start(&[]);
    let mut connection = http::Connection::open(api.public).unwrap();

    let panicked = connection.send("GET", "/api/exception", &[], b"").unwrap();
    let after = connection.send("GET", "/api/items", &[], b"").unwrap();

    assert_problem(&panicked, 500, "internal_error");
    assert!(!panicked.text().contains("purpose"), "{}", panicked.text());
    assert_eq!(after.status, 200);
}

#[test]
fn a_page_of_documents_may_load_its_own_scripts_and_nothing_else() {
    let api = start(&[]);

    let page = api.get("/docs/");

    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
}

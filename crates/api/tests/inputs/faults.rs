//! The switchboard on the operations port.

use testbed::Service;
use testbed::http::{self, Response};

use crate::start;

fn switch(api: &Service, fault: &str, body: &str) -> Response {
    let headers = [("Content-Type", "application/json")];
    http::send(
        api.operations,
        "PUT",
        &format!("/faults/{fault}"),
        &headers,
        body.as_bytes(),
    )
    .unwrap()
}

#[test]
fn a_fault_is_bounded_in_size_and_time() {
    let api = start(&[]);

    for (fault, most) in [
        ("latency", 10_000),
        ("errors", 100),
        ("cpu", 1_000),
        ("leak", 1 << 20),
    ] {
        for (value, seconds, blamed) in [
            ("0".to_owned(), "1", "value"),
            ((most + 1).to_string(), "1", "value"),
            ("-1".to_owned(), "1", "value"),
            ("null".to_owned(), "1", "value"),
            ("1".to_owned(), "0", "seconds"),
            ("1".to_owned(), "3601", "seconds"),
            ("1".to_owned(), r#""1""#, "seconds"),
        ] {
            let body = format!(r#"{{"value":{value},"seconds":{seconds}}}"#);
            let refused = switch(&api, fault, &body);

            let problem = refused.json();
            assert_eq!(refused.status, 422, "{fault} {body}: {problem}");
            assert_eq!(problem["errors"][0]["field"], blamed, "{problem}");
        }
        let most = format!(r#"{{"value":{most},"seconds":3600}}"#);
        assert_eq!(switch(&api, fault, &most).status, 204, "{fault} {most}");
        let off = http::send(
            api.operations,
            "DELETE",
            &format!("/faults/{fault}"),
            &[],
            b"",
        );
        assert_eq!(off.unwrap().status, 204);
    }
    assert_eq!(
        switch(&api, "fire", r#"{"value":1,"seconds":1}"#).status,
        404
    );
}

#[test]
fn a_body_beyond_the_limit_is_refused_there_too() {
    let api = start(&[("QUARTET_MAX_BODY_BYTES", "1000")]);

    let refused = switch(&api, "latency", &" ".repeat(1001));

    assert_eq!(refused.status, 413);
}

#[test]
fn without_demo_there_are_no_faults() {
    let api = start(&[("QUARTET_DEMO", "off")]);

    for path in ["/api/slow", "/api/cpu", "/api/exception", "/api/random"] {
        assert_eq!(api.get(path).status, 404, "{path}");
    }
    let body = r#"{"value":1,"seconds":1}"#;
    assert_eq!(switch(&api, "latency", body).status, 404);
}

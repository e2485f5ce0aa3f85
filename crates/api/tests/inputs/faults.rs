//! The switchboard on the operations port.

use crate::start;

#[test]
fn a_fault_is_bounded_in_size_and_time() {
    let api = start(&[]);

    for (fault, most) in [
        ("latency", 10_000),
        ("errors", 100),
        ("cpu", 1_000),
        ("leak", 1 << 20),
    ] {
        let path = format!("/faults/{fault}");
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
            let refused = api.operate("PUT", &path, &body);

            let problem = refused.json();
            assert_eq!(refused.status, 422, "{fault} {body}: {problem}");
            assert_eq!(problem["errors"][0]["field"], blamed, "{problem}");
        }
        let most = format!(r#"{{"value":{most},"seconds":3600}}"#);
        assert_eq!(
            api.operate("PUT", &path, &most).status,
            204,
            "{fault} {most}"
        );
        assert_eq!(api.operate("DELETE", &path, "").status, 204);
    }
    assert_eq!(
        api.operate("PUT", "/faults/fire", r#"{"value":1,"seconds":1}"#)
            .status,
        404
    );
}

#[test]
fn a_body_beyond_the_limit_is_refused_there_too() {
    let api = start(&[("QUARTET_MAX_BODY_BYTES", "1000")]);

    let refused = api.operate("PUT", "/faults/latency", &" ".repeat(1001));

    assert_eq!(refused.status, 413);
}

#[test]
fn without_demo_there_are_no_faults() {
    let api = start(&[("QUARTET_DEMO", "off")]);

    for path in ["/api/slow", "/api/cpu", "/api/exception", "/api/random"] {
        assert_eq!(api.get(path).status, 404, "{path}");
    }
    let body = r#"{"value":1,"seconds":1}"#;
    assert_eq!(api.operate("PUT", "/faults/latency", body).status, 404);
}

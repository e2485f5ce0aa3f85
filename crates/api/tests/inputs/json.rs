//! Bodies that are not the JSON they have to be.

use testbed::Service;
use testbed::http::{self, Response};

use crate::answers::{assert_blamed, assert_problem};
use crate::{new_item, start};

/// Every endpoint that takes a body.
const TAKERS: [(&str, &str); 4] = [
    ("POST", "/api/items"),
    ("PUT", "/api/items/1"),
    ("PATCH", "/api/items/1"),
    ("POST", "/api/orders"),
];

fn send(api: &Service, (method, path): (&str, &str), body: &[u8]) -> Response {
    let headers = [("Content-Type", "application/json")];
    api.send(method, path, &headers, body)
}

/// A body that each of them takes.
fn valid(path: &str) -> &'static str {
    match path {
        "/api/orders" => r#"{"lines":[{"item_id":1,"quantity":1}]}"#,
        _ => r#"{"name":"Pen","price_cents":100,"stock":1000000}"#,
    }
}

#[test]
fn a_body_cut_off_anywhere_or_with_anything_behind_it_is_malformed() {
    let api = start(&[]);
    new_item(&api);

    for taker in TAKERS {
        let whole = valid(taker.1);
        assert!(send(&api, taker, whole.as_bytes()).status < 300);
        for length in 0..whole.len() {
            let answer = send(&api, taker, &whole.as_bytes()[..length]);
            assert_problem(&answer, 400, "malformed_json");
        }
        for behind in [",", "}", "]", "{}", "x", "\0", "//", whole] {
            let answer = send(&api, taker, format!("{whole}{behind}").as_bytes());
            assert_problem(&answer, 400, "malformed_json");
        }
    }
}

#[test]
fn what_is_not_json_is_malformed() {
    let api = start(&[]);
    new_item(&api);

    for taker in TAKERS {
        for body in [
            b" ".as_slice(),
            b"{'name':'Pen'}",
            b"{name:1}",
            b"{,}",
            b"{\"\xff\":1}",
            b"name=Pen",
            b"\xef\xbb\xbf{}",
            b"\xff\xfe{\0}\0",
            b"nul",
            b"+1",
            b"01",
            b"NaN",
        ] {
            let answer = send(&api, taker, body);

            assert_problem(&answer, 400, "malformed_json");
        }
    }
}

#[test]
fn text_that_is_not_unicode_is_malformed() {
    let api = start(&[]);

    for name in [
        b"\xff".as_slice(),
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\\udc00\\ud800",
        b"\\x41",
        b"a\nb",
    ] {
        let body = [b"{\"name\":\"".as_slice(), name, b"\"}"].concat();
        let answer = send(&api, TAKERS[0], &body);

        assert_problem(&answer, 400, "malformed_json");
    }
}

#[test]
fn json_that_is_no_object_is_refused_as_a_whole() {
    let api = start(&[]);
    new_item(&api);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));

    for taker in TAKERS {
        for body in [
            "null",
            "true",
            "7",
            "1e400",
            r#""name""#,
            "[]",
            r#"["Pen",1,1]"#,
            "[[[1,1]]]",
            &deep,
        ] {
            let answer = send(&api, taker, body.as_bytes());

            assert_blamed(&answer, 422, "body", "invalid");
        }
    }
}

#[test]
fn a_value_nested_too_deeply_is_refused() {
    let api = start(&[]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));

    for (field, taker) in [("name", TAKERS[0]), ("lines", TAKERS[3])] {
        let body = format!("{{{field:?}:{deep}}}");
        let answer = send(&api, taker, body.as_bytes());

        let problem = answer.json();
        let blamed = problem["errors"][0]["field"].as_str().unwrap();
        assert_eq!(answer.status, 422, "{problem}");
        assert!(blamed.starts_with(field), "{problem}");
    }
}

#[test]
fn a_body_has_to_say_that_it_is_json() {
    let api = start(&[]);
    new_item(&api);

    for (method, path) in TAKERS {
        for media in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application",
            "json",
            "application/json-seq, application/json",
        ] {
            let answer = api.send(method, path, &[("Content-Type", media)], b"{}");
            assert_problem(&answer, 415, "unsupported_media_type");
        }
        let missing = api.send(method, path, &[], b"{}");
        assert_problem(&missing, 415, "unsupported_media_type");
        let not_text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: ",
            api.public
        );
        let bytes = [not_text.as_bytes(), b"application/json\xff\r\n\r\n{}"].concat();
        let not_text = http::request(api.public, &bytes).unwrap();
        assert_problem(&not_text, 415, "unsupported_media_type");
    }
    for media in [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/merge-patch+json",
    ] {
        let answer = api.send("PATCH", "/api/items/1", &[("Content-Type", media)], b"{}");
        assert_eq!(answer.status, 200, "{media}");
    }
}

//! What stands in the URL.

use testbed::Service;

use crate::answers::{assert_blamed, assert_problem};
use crate::{new_item, start};

const LISTS: [&str; 2] = ["/api/items", "/api/orders"];

fn new_order(api: &Service, item: i64) {
    let order = format!(r#"{{"lines":[{{"item_id":{item},"quantity":1}}]}}"#);
    assert_eq!(api.json("POST", "/api/orders", &order).status, 201);
}

#[test]
fn a_number_in_the_path_is_taken_within_its_bounds_and_named_beyond_them() {
    let api = start(&[]);
    let replacement = r#"{"name":"Pen","price_cents":1,"stock":1}"#;
    let endpoints = [
        ("GET", "/api/items", ""),
        ("PUT", "/api/items", replacement),
        ("PATCH", "/api/items", "{}"),
        ("DELETE", "/api/items", ""),
        ("GET", "/api/orders", ""),
        ("DELETE", "/api/orders", ""),
    ];

    for (method, path, body) in endpoints {
        for (id, code) in [
            ("0", "out_of_range"),
            ("-1", "out_of_range"),
            ("-9223372036854775808", "out_of_range"),
            ("9223372036854775808", "invalid"),
            ("99999999999999999999999999", "invalid"),
            ("abc", "invalid"),
            ("1.0", "invalid"),
            ("1e3", "invalid"),
            ("0x1", "invalid"),
            ("1;drop", "invalid"),
            ("%20", "invalid"),
            ("1%20", "invalid"),
            ("%00", "invalid"),
            ("%2F", "invalid"),
            ("%ff", "invalid"),
            ("%zz", "invalid"),
            ("%D9%A1", "invalid"),
        ] {
            let answer = api.json(method, &format!("{path}/{id}"), body);

            assert_blamed(&answer, 400, "id", code);
        }
        for id in ["9223372036854775807", "%39%39%39%39%39%39"] {
            let answer = api.json(method, &format!("{path}/{id}"), body);

            assert_problem(&answer, 404, "not_found");
        }
    }
}

#[test]
fn a_percent_encoded_number_is_that_number() {
    let api = start(&[]);
    let id = new_item(&api);
    assert_eq!(id, 1);

    let answer = api.get("/api/items/%31");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["id"], 1);
}

#[test]
fn a_limit_is_taken_from_1_to_100() {
    let api = start(&[]);

    for list in LISTS {
        for limit in ["1", "100", "%31"] {
            assert_eq!(api.get(&format!("{list}?limit={limit}")).status, 200);
        }
        for (limit, code) in [
            ("0", "out_of_range"),
            ("-1", "out_of_range"),
            ("101", "out_of_range"),
            ("9223372036854775807", "out_of_range"),
            ("9223372036854775808", "invalid"),
            ("", "invalid"),
            ("ten", "invalid"),
            ("1.5", "invalid"),
            ("1e1", "invalid"),
            ("%00", "invalid"),
            ("%ff", "invalid"),
            ("null", "invalid"),
        ] {
            let answer = api.get(&format!("{list}?limit={limit}"));

            assert_blamed(&answer, 400, "limit", code);
        }
        let twice = api.get(&format!("{list}?limit=1&limit=2"));
        assert_blamed(&twice, 400, "limit", "duplicate");
    }
}

#[test]
fn a_cursor_is_taken_from_an_earlier_page_only() {
    let api = start(&[]);
    let items = [new_item(&api), new_item(&api), new_item(&api)];
    for item in items {
        new_order(&api, item);
    }

    for (list, other) in [(LISTS[0], LISTS[1]), (LISTS[1], LISTS[0])] {
        let first = api.get(&format!("{list}?limit=2")).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = api.get(&format!("{list}?limit=2&cursor={cursor}"));
        assert_eq!(second.status, 200);
        assert!(second.json()["next_cursor"].is_null());

        let of_the_other = api.get(&format!("{other}?cursor={cursor}"));
        assert_blamed(&of_the_other, 400, "cursor", "malformed");
        for forged in [
            "",
            "x",
            "i",
            "o0",
            "i-1",
            "i01",
            "i1%20",
            "iffffffffffffffff",
            "%00",
            "%ff",
            "i1'%20OR%201=1--",
            &"i".repeat(4_000),
        ] {
            let answer = api.get(&format!("{list}?cursor={forged}"));

            assert_blamed(&answer, 400, "cursor", "malformed");
        }
        let twice = api.get(&format!("{list}?cursor={cursor}&cursor={cursor}"));
        assert_blamed(&twice, 400, "cursor", "duplicate");
    }
}

#[test]
fn cpu_time_is_taken_from_1_to_1000_milliseconds() {
    let api = start(&[]);

    assert_eq!(api.get("/api/cpu?ms=1").json()["ms"], 1);
    for (ms, code) in [
        ("0", "out_of_range"),
        ("1001", "out_of_range"),
        ("18446744073709551615", "out_of_range"),
        ("18446744073709551616", "invalid"),
        ("-1", "invalid"),
        ("", "invalid"),
        ("x", "invalid"),
    ] {
        let answer = api.get(&format!("/api/cpu?ms={ms}"));

        assert_blamed(&answer, 400, "ms", code);
    }
}

#[test]
fn urls_that_lead_nowhere_are_not_found() {
    let api = start(&[]);

    for path in [
        "/api",
        "/api/",
        "/api/items/",
        "/api/items/1/2",
        "//api/items",
        "/API/items",
        "/api/../api/items",
        "/.env",
        "/%2e%2e/%2e%2e/etc/passwd",
        &format!("/{}", "x".repeat(8_000)),
    ] {
        assert_problem(&api.get(path), 404, "not_found");
    }
}

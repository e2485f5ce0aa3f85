//! The fields of an item.

use crate::answers::{assert_blamed, assert_problem};
use crate::{new_item, start};

const VALID: [(&str, &str); 3] = [("name", r#""Pen""#), ("price_cents", "100"), ("stock", "5")];

/// The body that is valid but for one field.
fn body(field: &str, value: &str) -> String {
    let fields = VALID.map(|(name, valid)| {
        let value = if name == field { value } else { valid };
        format!("{name:?}:{value}")
    });
    format!("{{{}}}", fields.join(","))
}

/// Values as JSON, with the code of the mistake; none where the value is allowed.
fn values(field: &str, most: Option<i64>) -> Vec<(String, Option<&'static str>)> {
    let mut values: Vec<(String, Option<&str>)> = ["null", "true", "[]", "{}", "[1]", "1.5"]
        .map(|value| (value.to_owned(), Some("invalid")))
        .into();
    let Some(most) = most else {
        assert_eq!(field, "name");
        values.extend([
            (format!("{:?}", "x"), None),
            (format!("{:?}", "é".repeat(200)), None),
            (format!("{:?}", "é".repeat(201)), Some("too_long")),
            (format!("{:?}", "x".repeat(100_000)), Some("too_long")),
            (r#""""#.to_owned(), Some("blank")),
            (r#"" \t\u2003""#.to_owned(), Some("blank")),
            (r#""a\u0000b""#.to_owned(), Some("control_character")),
            (r#""a\nb""#.to_owned(), Some("control_character")),
            (r#""\ud83d\udc1e""#.to_owned(), None),
            ("1".to_owned(), Some("invalid")),
        ]);
        return values;
    };
    values.extend([
        ("0".to_owned(), None),
        ("-0".to_owned(), Some("invalid")),
        (most.to_string(), None),
        ("-1".to_owned(), Some("out_of_range")),
        ((most + 1).to_string(), Some("out_of_range")),
        (i64::MAX.to_string(), Some("out_of_range")),
        (i64::MIN.to_string(), Some("out_of_range")),
        ("9223372036854775808".to_owned(), Some("invalid")),
        ("-9223372036854775809".to_owned(), Some("invalid")),
        ("18446744073709551616".to_owned(), Some("invalid")),
        ("1e2".to_owned(), Some("invalid")),
        ("1e400".to_owned(), Some("invalid")),
        ("-1e400".to_owned(), Some("invalid")),
        (format!("1{}", "0".repeat(400)), Some("invalid")),
        (r#""1""#.to_owned(), Some("invalid")),
    ]);
    values
}

#[test]
fn every_field_is_taken_at_its_bounds_and_named_beyond_them() {
    let api = start(&[]);
    let one = format!("/api/items/{}", new_item(&api));

    for (field, most) in [
        ("name", None),
        ("price_cents", Some(100_000_000)),
        ("stock", Some(1_000_000)),
    ] {
        for (value, mistake) in values(field, most) {
            for (method, path, success, body) in [
                ("POST", "/api/items", 201, body(field, &value)),
                ("PUT", one.as_str(), 200, body(field, &value)),
                ("PATCH", &one, 200, format!("{{{field:?}:{value}}}")),
            ] {
                let answer = api.json(method, path, &body);

                match mistake {
                    Some(code) => assert_blamed(&answer, 422, field, code),
                    None => {
                        assert_eq!(answer.status, success, "{method} {body}");
                        let given: serde_json::Value = serde_json::from_str(&value).unwrap();
                        assert_eq!(answer.json()[field], given, "{method} {body}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_refused_body_changes_nothing() {
    let api = start(&[]);
    let one = format!("/api/items/{}", new_item(&api));
    let before = api.get(&one).json();

    let refused = api.json("PATCH", &one, r#"{"name":"Ink","stock":-1}"#);

    assert_blamed(&refused, 422, "stock", "out_of_range");
    assert_eq!(api.get(&one).json(), before);
}

#[test]
fn a_field_that_is_missing_unknown_or_there_twice_is_named() {
    let api = start(&[]);
    let one = format!("/api/items/{}", new_item(&api));

    for (method, path, body, field, code) in [
        ("POST", "/api/items", "{}", "name", "missing"),
        ("POST", "/api/items", r#"{"stock":1}"#, "name", "missing"),
        (
            "PUT",
            &one,
            r#"{"price_cents":1,"stock":1}"#,
            "name",
            "missing",
        ),
        (
            "PUT",
            &one,
            r#"{"name":"Pen","stock":1}"#,
            "price_cents",
            "missing",
        ),
        (
            "PUT",
            &one,
            r#"{"name":"Pen","price_cents":1}"#,
            "stock",
            "missing",
        ),
        (
            "POST",
            "/api/items",
            r#"{"name":"Pen","Name":1}"#,
            "Name",
            "unknown",
        ),
        (
            "PUT",
            &one,
            r#"{"name":"Pen","price_cents":1,"stock":1,"id":7}"#,
            "id",
            "unknown",
        ),
        (
            "PATCH",
            &one,
            r#"{"created_at":1}"#,
            "created_at",
            "unknown",
        ),
        (
            "POST",
            "/api/items",
            r#"{"name":"Pen","name":"Ink"}"#,
            "name",
            "duplicate",
        ),
        (
            "PUT",
            &one,
            r#"{"name":"Pen","price_cents":1,"stock":1,"stock":1}"#,
            "stock",
            "duplicate",
        ),
        (
            "PATCH",
            &one,
            r#"{"stock":1,"stock":2}"#,
            "stock",
            "duplicate",
        ),
    ] {
        let answer = api.json(method, path, body);

        assert_blamed(&answer, 422, field, code);
    }
}

#[test]
fn what_may_be_left_out_has_a_default_or_stays() {
    let api = start(&[]);
    let one = format!("/api/items/{}", new_item(&api));
    let before = api.get(&one).json();

    let created = api.json("POST", "/api/items", r#"{"name":"Pen"}"#);
    let unchanged = api.json("PATCH", &one, "{}");

    let location = format!("/api/items/{}", created.json()["id"]);
    assert_eq!(created.status, 201);
    assert_eq!(created.header("Location"), Some(location.as_str()));
    assert_eq!(created.json()["price_cents"], 0);
    assert_eq!(created.json()["stock"], 0);
    assert_eq!(unchanged.status, 200);
    for field in ["name", "price_cents", "stock"] {
        assert_eq!(unchanged.json()[field], before[field]);
    }
}

#[test]
fn an_item_that_is_not_there_is_not_found_by_any_method() {
    let api = start(&[]);

    for (method, body) in [
        ("GET", ""),
        ("DELETE", ""),
        ("PATCH", "{}"),
        ("PUT", r#"{"name":"Pen","price_cents":1,"stock":1}"#),
    ] {
        let answer = api.json(method, "/api/items/9223372036854775807", body);

        assert_problem(&answer, 404, "not_found");
    }
}

//! The fields of an order.

use testbed::Service;
use testbed::http::Response;

use crate::answers::{assert_blamed, assert_problem};
use crate::{new_item, start};

fn place(api: &Service, lines: &str) -> Response {
    api.json("POST", "/api/orders", &format!(r#"{{"lines":{lines}}}"#))
}

#[test]
fn an_order_has_1_to_50_lines() {
    let api = start(&[]);
    let lines: Vec<_> = (0..51)
        .map(|_| format!(r#"{{"item_id":{},"quantity":1}}"#, new_item(&api)))
        .collect();
    let first = |count| format!("[{}]", lines[..count].join(","));

    assert_blamed(&place(&api, &first(0)), 422, "lines", "empty");
    assert_eq!(place(&api, &first(1)).status, 201);
    let most = place(&api, &first(50));
    assert_eq!(most.status, 201);
    assert_eq!(most.json()["lines"].as_array().unwrap().len(), 50);
    assert_blamed(&place(&api, &first(51)), 422, "lines", "too_many");
}

#[test]
fn quantity_and_item_are_taken_at_their_bounds_and_named_beyond_them() {
    let api = start(&[]);
    let item = new_item(&api).to_string();
    let wrong_types = [
        "null",
        "true",
        "[]",
        "{}",
        r#""1""#,
        "1.5",
        "1e400",
        "9223372036854775808",
    ];

    for quantity in ["1", "1000"] {
        let placed = place(
            &api,
            &format!(r#"[{{"item_id":{item},"quantity":{quantity}}}]"#),
        );
        assert_eq!(placed.status, 201, "{}", placed.text());
        assert_eq!(placed.json()["lines"][0]["quantity"].to_string(), quantity);
    }
    for (field, wrong) in [
        (
            "quantity",
            ["0", "-1", "1001", "9223372036854775807"].as_slice(),
        ),
        ("item_id", ["0", "-1", "-9223372036854775808"].as_slice()),
    ] {
        let wrong = wrong.iter().map(|value| (*value, "out_of_range"));
        for (value, code) in wrong.chain(wrong_types.map(|value| (value, "invalid"))) {
            let (item, quantity) = match field {
                "quantity" => (item.as_str(), value),
                _ => (value, "1"),
            };
            let line = format!(r#"[{{"item_id":{item},"quantity":{quantity}}}]"#);
            assert_blamed(&place(&api, &line), 422, &format!("lines[0].{field}"), code);
        }
    }
}

#[test]
fn the_line_that_is_wrong_is_named() {
    let api = start(&[]);
    let (item, other) = (new_item(&api), new_item(&api));
    let good = format!(r#"{{"item_id":{item},"quantity":1}}"#);
    let other = format!(r#"{{"item_id":{other},"quantity":1}}"#);

    for (second, field, code) in [
        (good.as_str(), "lines[1].item_id", "duplicate"),
        (r#"{"item_id":1}"#, "lines[1].quantity", "missing"),
        (r#"{"quantity":1}"#, "lines[1].item_id", "missing"),
        (
            r#"{"item_id":1,"quantity":1,"price":0}"#,
            "lines[1].price",
            "unknown",
        ),
        (
            r#"{"item_id":1,"quantity":1,"quantity":2}"#,
            "lines[1].quantity",
            "duplicate",
        ),
        ("[1,1]", "lines[1]", "invalid"),
        ("null", "lines[1]", "invalid"),
        ("7", "lines[1]", "invalid"),
    ] {
        let answer = place(&api, &format!("[{good},{second}]"));

        assert_blamed(&answer, 422, field, code);
    }
    let unknown = place(
        &api,
        &format!(r#"[{other},{{"item_id":999999,"quantity":1}}]"#),
    );
    let problem = assert_problem(&unknown, 422, "no_such_item");
    assert_eq!(problem["errors"][0]["field"], "lines[1].item_id");
}

#[test]
fn lines_have_to_be_there_and_to_be_a_list() {
    let api = start(&[]);

    for lines in ["null", "{}", r#""x""#, "1", "true"] {
        assert_blamed(&place(&api, lines), 422, "lines", "invalid");
    }
    for (body, field, code) in [
        ("{}", "lines", "missing"),
        (r#"{"lines":[],"lines":[]}"#, "lines", "duplicate"),
        (r#"{"lines":[],"note":"x"}"#, "note", "unknown"),
    ] {
        assert_blamed(&api.json("POST", "/api/orders", body), 422, field, code);
    }
}

#[test]
fn what_is_not_in_stock_cannot_be_ordered_and_nothing_is_taken() {
    let api = start(&[]);
    let plenty = new_item(&api);
    let scarce = api.json("POST", "/api/items", r#"{"name":"Rare","stock":2}"#);
    let scarce = scarce.json()["id"].as_i64().unwrap();
    let order = |quantity| {
        format!(
            r#"[{{"item_id":{plenty},"quantity":5}},{{"item_id":{scarce},"quantity":{quantity}}}]"#
        )
    };

    let refused = place(&api, &order(3));
    let placed = place(&api, &order(2));

    assert_problem(&refused, 409, "out_of_stock");
    assert_eq!(placed.status, 201);
    let stock = |item: i64| api.get(&format!("/api/items/{item}")).json()["stock"].clone();
    assert_eq!((stock(plenty), stock(scarce)), (999_995.into(), 0.into()));
}

#[test]
fn an_order_is_cancelled_once() {
    let api = start(&[]);
    let item = new_item(&api);
    let placed = place(&api, &format!(r#"[{{"item_id":{item},"quantity":5}}]"#));
    let location = placed.header("Location").unwrap();

    let first = api.send("DELETE", location, &[], b"");
    let second = api.send("DELETE", location, &[], b"");

    assert_eq!((first.status, first.body.as_slice()), (204, b"".as_slice()));
    assert_problem(&second, 409, "not_pending");
    let after = api.get(&format!("/api/items/{item}"));
    assert_eq!(after.json()["stock"], 1_000_000);
}

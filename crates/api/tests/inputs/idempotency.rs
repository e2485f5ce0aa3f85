//! Requests that are sent more than once.

use std::sync::Barrier;

use testbed::Service;
use testbed::http::{self, Response};

use crate::answers::{assert_blamed, assert_problem};
use crate::{new_item, start};

fn place(api: &Service, item: i64, quantity: u32, keys: &[&str]) -> Response {
    let body = format!(r#"{{"lines":[{{"item_id":{item},"quantity":{quantity}}}]}}"#);
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(keys.iter().map(|key| ("Idempotency-Key", *key)));
    api.send("POST", "/api/orders", &headers, body.as_bytes())
}

fn orders(api: &Service) -> usize {
    let page = api.get("/api/orders?limit=100").json();
    page["orders"].as_array().unwrap().len()
}

#[test]
fn a_key_has_1_to_128_visible_characters_and_is_given_once() {
    let api = start(&[]);
    let item = new_item(&api);

    for key in ["k", "!~", &"k".repeat(128)] {
        assert_eq!(place(&api, item, 1, &[key]).status, 201, "{key}");
    }
    for key in ["", "   ", "a b", "a\tb", &"k".repeat(129), "é"] {
        let refused = place(&api, item, 1, &[key]);
        let problem = assert_problem(&refused, 400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key", "{key:?}");
    }
    for keys in [["a", "b"], ["a", "a"]] {
        let twice = place(&api, item, 1, &keys);
        assert_blamed(&twice, 400, "Idempotency-Key", "invalid");
    }
    assert_eq!(orders(&api), 3);
}

#[test]
fn a_repeat_gets_the_same_answer_and_places_nothing() {
    let api = start(&[]);
    let item = new_item(&api);

    let first = place(&api, item, 2, &["once"]);
    let repeat = place(&api, item, 2, &["once"]);
    let other_key = place(&api, item, 2, &["twice"]);

    assert_eq!((first.status, repeat.status), (201, 201));
    assert_eq!(repeat.body, first.body);
    assert!(first.header("Location").is_some());
    for header in ["Location", "Content-Type"] {
        assert_eq!(repeat.header(header), first.header(header));
    }
    assert_ne!(repeat.header("X-Request-Id"), first.header("X-Request-Id"));
    assert_ne!(other_key.json()["id"], first.json()["id"]);
    assert_eq!(orders(&api), 2);
}

#[test]
fn a_key_stands_for_one_body() {
    let api = start(&[]);
    let item = new_item(&api);
    place(&api, item, 1, &["once"]);

    let other = place(&api, item, 2, &["once"]);

    assert_problem(&other, 422, "idempotency_key_reused");
    assert_eq!(orders(&api), 1);
}

#[test]
fn a_refused_order_leaves_its_key_free() {
    let api = start(&[]);
    let scarce = api.json("POST", "/api/items", r#"{"name":"Rare","stock":0}"#);
    let item = scarce.json()["id"].as_i64().unwrap();

    let refused = place(&api, item, 1, &["later"]);
    api.json("PATCH", &format!("/api/items/{item}"), r#"{"stock":1}"#);
    let placed = place(&api, item, 1, &["later"]);

    assert_problem(&refused, 409, "out_of_stock");
    assert_eq!(placed.status, 201);
}

#[test]
fn of_many_at_once_with_one_key_exactly_one_is_placed() {
    const CLIENTS: usize = 24;
    let api = start(&[]);
    let item = new_item(&api);
    let body = format!(r#"{{"lines":[{{"item_id":{item},"quantity":7}}]}}"#);
    let headers = [
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "race"),
    ];
    let start_line = Barrier::new(CLIENTS);

    let answers: Vec<Response> = std::thread::scope(|scope| {
        let client = || {
            start_line.wait();
            http::send(api.public, "POST", "/api/orders", &headers, body.as_bytes()).unwrap()
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let answers = clients.into_iter().map(|client| client.join().unwrap());
        answers.collect()
    });

    let placed: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert!(!placed.is_empty());
    assert!(placed.iter().all(|answer| answer.body == placed[0].body));
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_problem(answer, 409, "idempotency_key_in_flight");
        assert_eq!(answer.header("Retry-After"), Some("1"));
    }
    assert_eq!(orders(&api), 1);
    let stock = api.get(&format!("/api/items/{item}")).json()["stock"].clone();
    assert_eq!(stock, 1_000_000 - 7);
}

//! What a client may send, at its bounds and beyond them, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod cors;
mod faults;
mod hosts;
mod idempotency;
mod items;
mod json;
mod methods;
mod orders;
mod parameters;
mod sizes;
mod slow;

use testbed::Service;

fn start(variables: &[(&str, &str)]) -> Service {
    Service::start(env!("CARGO_BIN_EXE_api").as_ref(), variables)
}

/// Creates an item of which there is plenty, and returns its number.
fn new_item(api: &Service) -> i64 {
    let item = r#"{"name":"Pen","price_cents":100,"stock":1000000}"#;
    let created = api.json("POST", "/api/items", item);
    assert_eq!(created.status, 201, "{}", created.text());
    created.json()["id"].as_i64().unwrap()
}

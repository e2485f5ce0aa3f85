use std::path::Path;
use std::time::Instant;

use testbed::{PATIENCE, Process, Service, Sink};

use crate::bench::{
    File, api, assert_refused, assert_seen, assert_told_now_and_then, counted, end, is_ready, made,
    offer, order, sending_to,
};

#[test]
fn a_read_only_database_is_read_and_refuses_writes() {
    let file = File::new();
    let before = file.serve(&[]);
    let item = made(&offer(&before, "Bow"));
    let ordered = made(&order(&before, item));
    end(&before);

    let sink = Sink::grpc();
    let (url, endpoint) = (file.url("ro"), sink.endpoint());
    let mut variables = vec![("DATABASE_URL", url.as_str())];
    variables.extend(sending_to(&endpoint));
    let started = Instant::now();
    let api = Service::start(api(), &variables);

    assert_eq!(api.get(&format!("/api/items/{item}")).json()["stock"], 999);
    assert_eq!(api.get(&format!("/api/orders/{ordered}")).status, 200);
    assert_eq!(api.get("/api/items").status, 200);
    let refused = offer(&api, "Bow");
    assert_refused(&refused, "database_read_only", "60");
    assert_seen(&api, &sink, &refused, "database_read_only");
    let (item, ordered) = (
        format!("/api/items/{item}"),
        format!("/api/orders/{ordered}"),
    );
    for answer in [
        order(&api, 1),
        api.json("PATCH", &item, r#"{"stock":1}"#),
        api.send("DELETE", &item, &[], b""),
        api.send("DELETE", &ordered, &[], b""),
    ] {
        assert_refused(&answer, "database_read_only", "60");
    }

    for _ in 0..200 {
        assert_refused(&offer(&api, "Bow"), "database_read_only", "60");
    }
    let (answers, calls) = counted(&api, "database_read_only");
    assert_eq!(answers, 205);
    // And the one that prunes idempotency keys.
    assert_eq!(calls, 206);
    assert_told_now_and_then(&api, "database_read_only", started);
    assert!(is_ready(&api));
    end(&api);
}

/// Starts a service that is not to start, and returns the one line by which it says why.
#[track_caller]
fn refusal(url: &str) -> String {
    let process = Process::spawn(
        Path::new(api()),
        &[
            ("DATABASE_URL", url),
            ("QUARTET_HTTP_ADDRESS", "127.0.0.1:0"),
            ("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0"),
        ],
    );
    let exit = process.wait(PATIENCE);
    assert_eq!(exit.code(), Some(1));
    let [line] = &process.stderr_lines()[..] else {
        panic!("not one line: {:?}", process.stderr_lines())
    };
    line.clone()
}

#[test]
fn without_tables_a_read_only_database_stops_the_start_with_one_line() {
    let file = File::new();
    file.foreign().run("create table other (id)").unwrap();

    let line = refusal(&file.url("ro"));

    assert!(line.starts_with("error: database /"), "{line}");
    assert!(line.contains("schema version 0, but "), "{line}");
    assert!(line.contains("mode=ro forbids the migration"), "{line}");
}

#[test]
fn a_missing_read_only_database_stops_the_start_with_one_line() {
    let file = File::new();

    let line = refusal(&file.url("ro"));

    assert!(line.starts_with("error: cannot open database /"), "{line}");
}

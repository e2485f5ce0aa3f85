use std::time::Instant;

use testbed::{Service, Sink};

use crate::bench::{
    File, assert_refused, assert_seen, assert_told_now_and_then, counted, end, is_ready, made,
    offer, order, sending_to,
};

/// Rows of 1 KB, up to a few pages below the mebibyte.
const FILL: &[&str] = &[
    "create table ballast (bytes)",
    "pragma max_page_count = 250",
    "with recursive row(n) as (select 1 union all select n + 1 from row where n < 900) \
     insert into ballast select randomblob(1000) from row",
];

/// Offers items until the database takes no more; returns their numbers and the refusal.
#[track_caller]
fn offer_until_full(api: &Service) -> (Vec<i64>, testbed::http::Response) {
    let mut items = Vec::new();
    for _ in 0..1_000 {
        let answer = offer(api, &"x".repeat(200));
        if answer.status != 201 {
            return (items, answer);
        }
        items.push(made(&answer));
    }
    panic!("a thousand items fit");
}

#[test]
fn a_full_database_refuses_writes_until_there_is_room() {
    let (file, sink) = (File::new(), Sink::grpc());
    let endpoint = sink.endpoint();
    let mut variables = sending_to(&endpoint).to_vec();
    variables.push(("QUARTET_DATABASE_MAX_MIB", "1"));
    let api = file.serve(&variables);
    let mut foreign = file.foreign();
    for statement in FILL {
        foreign.run(statement).unwrap();
    }

    let started = Instant::now();
    let (items, refused) = offer_until_full(&api);
    assert_refused(&refused, "database_full", "60");
    assert_seen(&api, &sink, &refused, "database_full");
    for _ in 0..200 {
        assert_refused(&offer(&api, &"x".repeat(200)), "database_full", "60");
    }
    assert_eq!(counted(&api, "database_full"), (201, 201));
    assert_told_now_and_then(&api, "database_full", started);
    assert_eq!(api.get(&format!("/api/items/{}", items[0])).status, 200);
    assert!(is_ready(&api));

    for item in &items[1..] {
        let path = format!("/api/items/{item}");
        assert_eq!(api.send("DELETE", &path, &[], b"").status, 204);
    }
    made(&offer(&api, &"x".repeat(200)));
    made(&order(&api, items[0]));

    offer_until_full(&api);
    end(&api);
    let api = file.serve(&[("QUARTET_DATABASE_MAX_MIB", "2")]);
    made(&offer(&api, &"x".repeat(200)));
    end(&api);
}

//! Whose CPU time it was.

use std::thread;
use std::time::Duration;

use testbed::http::{self, Connection, compose};
use wire::otlp::Kind;

use crate::world::{BURN, World, span_id};

const MS: Duration = Duration::from_millis(1);

#[test]
fn each_request_finds_its_own_cpu_time_and_nobody_elses() {
    let world = World::start(&[("QUARTET_WORKERS", "2")]);
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = || world.api.get("/api/cpu?ms=1000");
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let spans: Vec<_> = answers.iter().map(span_id).collect();

    let ended = world.end();

    for span in &spans {
        ended.assert_burnt(span, 1_000 * MS);
    }
    assert_eq!(ended.cpu(None, BURN), Duration::ZERO);
}

#[test]
fn requests_that_take_turns_on_one_thread_are_told_apart() {
    let world = World::start(&[("QUARTET_WORKERS", "1")]);
    world.api.inflict("latency", 20);
    world.api.inflict("cpu", 100);
    let lengths = [100, 200, 300, 400_u32];
    let spans: Vec<_> = thread::scope(|scope| {
        let ask = |ms: u32| {
            let answer = world.api.get(&format!("/api/cpu?ms={ms}"));
            (span_id(&answer), (100 + ms) * MS)
        };
        let asked: Vec<_> = lengths.map(|ms| scope.spawn(move || ask(ms))).into();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });

    let ended = world.end();

    for (span, burnt) in &spans {
        ended.assert_burnt(span, *burnt);
    }
    assert_eq!(ended.cpu(None, BURN), Duration::ZERO);
}

#[test]
fn a_span_has_the_attribute_if_and_only_if_a_sample_hit_it() {
    let world = World::start(&[]);
    for item in 0..200 {
        world.api.get(&format!("/api/items/{item}"));
    }

    let ended = world.end();

    let mut without = 0;
    for span in ended.spans.iter().filter(|span| span.kind == Kind::Server) {
        let id = &span.span_id;
        match span.text("pyroscope.profile.id") {
            Some(profile) => {
                assert_eq!(profile, id);
                assert!(ended.cpu_of(Some(id)) > Duration::ZERO, "{id} is empty");
            }
            None => {
                assert_eq!(ended.cpu_of(Some(id)), Duration::ZERO, "{id}");
                without += 1;
            }
        }
    }
    assert!(100 < without, "{without} of 200 fast requests were not hit");
}

#[test]
fn requests_that_are_not_sampled_have_no_label() {
    let world = World::start(&[]);
    world.burn_unsampled(300);

    let ended = world.end();

    ended.assert_unlabelled(300 * MS);
    let labels = ended.pushes.iter().flat_map(|push| &push.profile.samples);
    assert_eq!(labels.filter(|sample| !sample.labels.is_empty()).count(), 0);
}

#[test]
fn a_panic_leaves_its_label_to_nobody() {
    let world = World::start(&[("QUARTET_WORKERS", "1")]);
    world.api.inflict("cpu", 200);
    let panicked = world.api.get("/api/exception");
    assert_eq!(panicked.status, 500);
    world.api.relieve("cpu");
    world.burn_unsampled(300);

    let ended = world.end();

    ended.assert_burnt(&span_id(&panicked), 200 * MS);
    ended.assert_unlabelled(300 * MS);
}

#[test]
fn a_client_that_hangs_up_leaves_its_label_to_nobody() {
    let world = World::start(&[("QUARTET_WORKERS", "1")]);
    world.api.inflict("cpu", 200);
    let json = [
        ("Content-Type", "application/json"),
        ("Content-Length", "10"),
        ("X-Request-Id", "gone"),
    ];
    let mut connection = Connection::open(world.api.public).unwrap();
    connection
        .write(&compose(world.api.public, "POST", "/api/items", &json, b""))
        .unwrap();
    // The next request on the only worker is answered once the first has burnt and waits for its body.
    assert_eq!(
        http::get(world.api.public, "/api/items").unwrap().status,
        200
    );
    connection.reset().unwrap();
    let line = world.api.access_line("gone");
    assert_eq!(line.get("error.type"), Some("client_disconnected"));
    world.api.relieve("cpu");
    world.burn_unsampled(300);

    let ended = world.end();

    ended.assert_burnt(line.get("span_id").unwrap(), 200 * MS);
    ended.assert_unlabelled(300 * MS);
}

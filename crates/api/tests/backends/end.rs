//! All backends fail at once, and nothing can be written anywhere.

use std::thread;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use testbed::{ProfileSink, Service, Sink, http};

use crate::bench::{IDLE_END, Protocol, api, ask_as, end, eventually};

/// What design.md promises, and what a container runtime is told to wait for.
const BUDGET: Duration = Duration::from_secs(10);

#[test]
fn without_a_temporary_folder_all_works() {
    let patient = ("QUARTET_SLOW_QUERY_MS", "60000");
    let profiles = ProfileSink::start();
    let pyroscope = profiles.endpoint();
    let variables = [
        ("TMPDIR", "/proc"),
        patient,
        ("PYROSCOPE_SERVER_ADDRESS", pyroscope.as_str()),
        ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
    ];
    let api = Service::start(api(), &variables);

    let item = r#"{"name":"Bow","price_cents":100,"stock":9}"#;
    let item = api.json("POST", "/api/items", item);
    assert_eq!(item.status, 201, "{}", item.text());
    let id = &item.json()["id"];
    let order = format!(r#"{{"lines":[{{"item_id":{id},"quantity":2}}]}}"#);
    let order = api.json("POST", "/api/orders", &order);
    assert_eq!(order.status, 201, "{}", order.text());
    assert_eq!(api.get("/api/orders").status, 200);
    let order = format!("/api/orders/{}", order.json()["id"]);
    assert_eq!(api.send("DELETE", &order, &[], b"").status, 204);
    assert_eq!(api.get(&format!("/api/items/{id}")).json()["stock"], 9);

    // The first takes its time: it looks up the names of all functions it has met.
    testbed::eventually("a profile", || !profiles.pushes().is_empty());
    let pushed = profiles.pushes().len();
    end(&api, IDLE_END);
    let lines = api.process.logged().into_iter();
    let bad = |line: &wire::logfmt::Line| matches!(line.get("level"), Some("warn" | "error"));
    assert_eq!(lines.filter(bad).collect::<Vec<_>>(), []);
    assert!(profiles.pushes().len() > pushed, "the last profile");
}

/// Takes the lock that a writer of the service's database needs.
fn lock(api: &Service, runtime: &tokio::runtime::Runtime) -> SqliteConnection {
    let file = api.process.directory().join("data/quartet.db");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = options.connect().await.unwrap();
        let begun = sqlx::query("begin exclusive").execute(&mut connection);
        begun.await.unwrap();
        connection
    })
}

/// Waits until so many requests are under way.
#[track_caller]
fn wait_until_active(api: &Service, requests: f64) {
    eventually("requests under way", || {
        match api.metrics().sum("http_server_active_requests", &[]) {
            active if active == requests => Ok(()),
            active => Err(active),
        }
    });
}

#[test]
fn with_every_backend_hung_and_requests_under_way_the_end_comes_in_time() {
    Protocol::each(|protocol| {
        let sink = Sink::black_hole();
        let profiles = ProfileSink::black_hole();
        let pyroscope = profiles.endpoint();
        let variables = [
            ("TMPDIR", "/proc"),
            ("PYROSCOPE_SERVER_ADDRESS", pyroscope.as_str()),
            ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
        ];
        let api = protocol.api(&sink.endpoint(), &variables);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let _locked = lock(&api, &runtime);
        api.process.stall_stdout();
        ask_as(&api, 3_000, &"talker ".repeat(140));

        thread::scope(|scope| {
            let get = || http::get(api.public, "/api/items");
            api.inflict("latency", 2_000);
            let within_the_drain = scope.spawn(get);
            wait_until_active(&api, 1.0);
            api.inflict("latency", 10_000);
            let beyond_the_drain = scope.spawn(get);
            wait_until_active(&api, 2.0);
            api.inflict("latency", 1);
            let item = r#"{"name":"Bow","price_cents":1,"stock":1}"#;
            let refused = scope.spawn(|| api.json("POST", "/api/items", item));
            wait_until_active(&api, 3.0);

            end(&api, BUDGET);

            assert_eq!(refused.join().unwrap().status, 503);
            assert_eq!(within_the_drain.join().unwrap().unwrap().status, 200);
            let cut_off = beyond_the_drain.join().unwrap();
            assert!(cut_off.is_err(), "{cut_off:?}");
        });
    });
}

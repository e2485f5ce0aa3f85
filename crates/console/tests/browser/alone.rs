//! A console that nobody sends to: closed, then empty, then full.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use testbed::{Process, http};

use crate::browser::Browser;
use crate::states::PAGES;
use crate::world;

/// The least that a ring may take; lines of this console fill it at once.
const RING: &str = "4194304";
/// Lines of one push, and bytes of the text of each: a push and a half fill the ring.
const LINES: usize = 2_000;
const BYTES: usize = 1_500;

pub(crate) fn closed_empty_and_full(browser: &Browser) {
    let directory = tempfile::tempdir().unwrap().keep();
    let console = world::program(Path::new(&directory))
        .env("QUARTET_CONSOLE_LOG_BYTES", RING)
        .spawn();
    let at = |path: &str| format!("http://{}{path}", console.address("public"));

    browser.go(&at("/traces"));
    assert_eq!(browser.text("h1"), "Open it by its link");
    browser.go(&at("/?token=0123"));
    assert!(browser.text("main").contains("another console"));

    browser.go(&at(&world::opening(&console)));
    assert!(browser.text("main").contains("Nothing has come yet"));
    for path in PAGES {
        browser.go(&at(path));
        let heading = browser.text("h1");
        assert!(!heading.is_empty(), "{path}");
        assert!(
            browser.has(".empty"),
            "{path} does not say that it is empty"
        );
    }

    for _ in 0..3 {
        push(&console, &lines());
    }
    browser.go(&at("/logs?last=5m"));
    assert!(
        browser.has("a[rel=next]"),
        "there are older lines than a page has"
    );
    let kept = browser.text("footer dl").replace('\u{a0}', " ");
    assert!(kept.contains("of 4.00 MiB"), "{kept}");
    let status = world::ask(&console, "/api/v1/status").json();
    assert!(status[1]["evicted"].as_u64().unwrap() > 0, "{status}");
    browser.go(&at("/?last=5m"));
    let missing = browser.texts(".gaps li").join("\n");
    for words in [
        "no spans from crowd: never sent",
        "no metrics from crowd: never sent",
        "no profiles from crowd: never pushed",
    ] {
        assert!(missing.contains(words), "{words} is not among\n{missing}");
    }
    let refused = http::send(
        console.address("otlp-http"),
        "POST",
        "/v1/logs",
        &[JSON],
        b"{",
    );
    assert_eq!(refused.unwrap().status, 400);
    browser.go(&at("/logs?last=5m"));
    let kept = browser.text("footer dl");
    assert!(kept.contains("refused as"), "{kept}");
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn push(console: &Process, body: &Value) {
    let body = body.to_string();
    let receiver = console.address("otlp-http");
    let answer = http::send(receiver, "POST", "/v1/logs", &[JSON], body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn lines() -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let text = |line: usize| {
        let letters = (0..BYTES).map(|at| char::from(b'a' + (at * 7 + line * at) as u8 % 26));
        letters.collect::<String>()
    };
    let records: Vec<_> = (0..LINES)
        .map(|line| {
            json!({
                "timeUnixNano": now.as_nanos().to_string(), "severityNumber": 9,
                "body": { "stringValue": format!("{line} {}", text(line)) },
            })
        })
        .collect();
    let name = json!({ "key": "service.name", "value": { "stringValue": "crowd" } });
    json!({ "resourceLogs": [{
        "resource": { "attributes": [name] },
        "scopeLogs": [{ "logRecords": records }],
    }] })
}

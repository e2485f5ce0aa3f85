//! Pyroscope is away, hangs, fails, is slow, or was never wished for.

use std::thread;
use std::time::{Duration, Instant};

use testbed::sink::Behaviour;
use testbed::{PATIENCE, ProfileSink, Service, free_port};
use wire::logfmt::Line;

use crate::world::{api, span_id};

/// The end of an idle service: a second of notice, the three of telemetry, and one for a busy machine.
const IDLE_END: Duration = Duration::from_secs(5);

fn start(endpoint: &str) -> Service {
    Service::start(
        api(),
        &[
            ("PYROSCOPE_SERVER_ADDRESS", endpoint),
            ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
        ],
    )
}

/// How many profiles met that fate; the empty one is success.
fn pushed(api: &Service, fate: &str) -> u64 {
    let name = "telemetry_profiles_pushed_total";
    api.metrics().value(name, &[("error_type", fate)]).unwrap() as u64
}

/// Asks for pages until `done`; each has to be answered as usual, and soon.
#[track_caller]
fn ask_until(api: &Service, awaited: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "awaited {awaited}");
        let asked = Instant::now();
        assert_eq!(api.get("/api/cpu?ms=20").status, 200);
        assert!(
            asked.elapsed() < Duration::from_secs(3),
            "{:?}",
            asked.elapsed()
        );
    }
}

/// Ends the service within its budget, and returns what it said of lost profiles.
#[track_caller]
fn end(api: &Service) -> Vec<Line> {
    api.process.terminate();
    let exit = api.process.wait(PATIENCE);
    assert_eq!(exit.code(), Some(0), "{:?}", api.process.stderr_lines());
    assert!(exit.elapsed < IDLE_END, "the end took {:?}", exit.elapsed);
    let mut lines = api.process.logged();
    lines.retain(|line| line.get("msg") == Some("profiles lost: pyroscope did not take them"));
    lines
}

/// One line at first, one in ten seconds, one at the end; each loss is told once.
#[track_caller]
fn assert_told(lines: &[Line], began: Instant, at_least: u64) {
    let due = 2 + began.elapsed().as_secs() as usize / 10;
    assert!((1..=due).contains(&lines.len()), "{lines:?}");
    let told: u64 = lines
        .iter()
        .map(|line| line.get("profiles").unwrap().parse::<u64>().unwrap())
        .sum();
    assert!(at_least <= told, "{told} of at least {at_least}: {lines:?}");
    assert!(lines.iter().all(|line| line.get("level") == Some("warn")));
}

#[test]
fn nobody_listens_until_somebody_does() {
    let port = free_port();
    let began = Instant::now();
    let api = start(&format!("http://127.0.0.1:{port}"));

    ask_until(&api, "a lost profile", || pushed(&api, "connection") == 1);
    let sink = ProfileSink::at(port);
    sink.wait_for_pushes("a profile after all", |pushes| !pushes.is_empty());
    ask_until(&api, "it to be counted", || 1 <= pushed(&api, ""));

    let lost = pushed(&api, "connection");
    assert_told(&end(&api), began, lost);
}

#[test]
fn failures_are_tried_again_and_then_counted() {
    let sink = ProfileSink::start();
    sink.behave(Behaviour::Fail);
    let began = Instant::now();
    let api = start(&sink.endpoint());

    ask_until(&api, "a refused profile", || pushed(&api, "rejected") == 1);
    assert_eq!(sink.requests(), 3, "attempts");
    sink.behave(Behaviour::Accept);
    sink.wait_for_pushes("a profile after all", |pushes| !pushes.is_empty());

    let lost = pushed(&api, "rejected");
    let lines = end(&api);
    assert_told(&lines, began, lost);
    let reason = lines[0].get("reason").unwrap();
    assert_eq!(reason, "it answered 503 Service Unavailable");
}

#[test]
fn one_that_hangs_costs_profiles_and_no_time_at_the_end() {
    let began = Instant::now();
    let sinks = [ProfileSink::start(), ProfileSink::black_hole()];
    sinks[0].behave(Behaviour::Hang);
    thread::scope(|scope| {
        for sink in &sinks {
            scope.spawn(move || {
                let api = start(&sink.endpoint());
                ask_until(&api, "a profile without an answer", || {
                    1 <= pushed(&api, "timeout")
                });
                assert_eq!(pushed(&api, ""), 0);
                // The one under way comes too late then, and with it the last.
                let lost = pushed(&api, "timeout") + 1;
                assert_told(&end(&api), began, lost);
            });
        }
    });
}

#[test]
fn a_slow_one_gets_all_there_is() {
    let sink = ProfileSink::start();
    sink.behave(Behaviour::Delay(Duration::from_millis(300)));
    let api = start(&sink.endpoint());

    // On a busy machine the first take seconds: they look up the names of all functions they meet.
    ask_until(&api, "four profiles", || 4 <= pushed(&api, ""));
    let last = span_id(&api.get("/api/cpu?ms=300"));
    let lines = end(&api);

    assert_eq!(lines.len(), 0, "{lines:?}");
    let of_last = |sample: &wire::pprof::Sample| sample.label("span_id") == Some(&last);
    let pushes = sink.pushes().into_iter();
    let burnt: i64 = pushes.map(|push| push.profile.sum(of_last)).sum();
    assert!(270_000_000 < burnt, "{burnt} ns of 300 ms came");
}

#[test]
fn without_an_address_nothing_is_sampled() {
    let api = Service::start(api(), &[]);
    api.get("/api/cpu?ms=50");

    let exposed = api.metrics_text("text/plain");

    assert!(!exposed.contains("telemetry_profile"), "{exposed}");
    let threads = std::fs::read_dir(format!("/proc/{}/task", api.process.pid())).unwrap();
    let names = threads.map(|thread| {
        let name = thread.unwrap().path().join("comm");
        std::fs::read_to_string(name).unwrap_or_default()
    });
    let names: Vec<_> = names.collect();
    assert!(!names.contains(&"profiles\n".to_owned()), "{names:?}");
}

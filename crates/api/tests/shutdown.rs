//! The end of a service: announced, orderly and in time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use testbed::http::{self, Connection, Error};
use testbed::{Process, Service, Sink};

/// What design promises from the signal to the end of the process.
const BUDGET: Duration = Duration::from_secs(10);

fn start(variables: &[(&str, &str)]) -> Service {
    Service::start(env!("CARGO_BIN_EXE_api").as_ref(), variables)
}

fn exporting(sink: &Sink) -> Service {
    start(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.endpoint()),
        // What is not sent at the end is not sent in time.
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
    ])
}

/// A request under way.
fn ask(api: &Service, path: &str) -> Connection {
    let mut connection = Connection::open(api.public).unwrap();
    let request = http::compose(api.public, "GET", path, &[], b"");
    connection.write(&request).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    while api.metrics().sum("http_server_active_requests", &[]) == 0.0 {
        assert!(Instant::now() < deadline, "{path} is not under way");
        std::thread::sleep(Duration::from_millis(5));
    }
    connection
}

/// The name of a signal, and how it is sent.
type Signal = (&'static str, fn(&Process));

const SIGNALS: [Signal; 2] = [
    ("SIGTERM", Process::terminate),
    ("SIGINT", Process::interrupt),
];

#[track_caller]
fn assert_ended_in_order(api: &Service) -> Duration {
    let exit = api.process.wait(BUDGET);
    assert_eq!(exit.code(), Some(0), "{exit:?} {:?}", api.process.lines());
    assert!(exit.elapsed < BUDGET, "{exit:?}");
    assert!(api.process.stderr_lines().is_empty());
    exit.elapsed
}

#[test]
fn it_says_at_once_that_it_is_not_ready_and_serves_on_for_a_second() {
    for (name, signal) in SIGNALS {
        let api = start(&[]);

        signal(&api.process);
        let signalled = Instant::now();
        api.process
            .wait_for_logged("the stop to begin", |line| line.get("reason") == Some(name));
        let ready = http::get(api.operations, "/health/ready").unwrap();
        let live = http::get(api.operations, "/health/live").unwrap();
        let mut served = 0;
        while signalled.elapsed() < Duration::from_millis(500) {
            assert_eq!(api.get("/api/items").status, 200, "{name}");
            served += 1;
        }

        assert_eq!(ready.status, 503, "{name}");
        assert_eq!(ready.json()["status"], "stopping");
        assert_eq!(ready.json()["checks"][0]["name"], "database");
        assert_eq!(live.status, 200);
        assert!(0 < served);
        let elapsed = assert_ended_in_order(&api);
        assert!(
            elapsed < Duration::from_secs(5),
            "{elapsed:?} with nothing to do"
        );
    }
}

#[test]
fn a_request_under_way_ends_well_and_new_connections_are_refused() {
    let api = start(&[]);
    // Among several, one at least is still under way after the second in which all is served.
    let mut slow: Vec<_> = (0..12).map(|_| ask(&api, "/api/slow")).collect();

    api.process.terminate();
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        match http::get(api.public, "/api/items") {
            Ok(answer) => assert_eq!(answer.status, 200),
            Err(Error::Refused(_)) => break,
            // It was waiting to be accepted when the port closed.
            Err(Error::Closed | Error::Reset { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        assert!(Instant::now() < deadline, "new connections are still taken");
        std::thread::sleep(Duration::from_millis(10));
    }

    for connection in &mut slow {
        assert_eq!(connection.read().unwrap().status, 200);
    }
    assert_ended_in_order(&api);
}

#[test]
fn what_does_not_end_by_itself_is_cut_off_in_time() {
    let api = start(&[]);
    let _very_slow: Vec<_> = (0..8).map(|_| ask(&api, "/api/very-slow")).collect();
    let mut trickling = Connection::open(api.public).unwrap();
    let head = format!(
        "POST /api/items HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        api.public
    );
    trickling.write(head.as_bytes()).unwrap();
    let _silent = Connection::open(api.public).unwrap();

    api.process.terminate();
    while trickling.write(b" ").is_ok() && api.process.is_running() {
        std::thread::sleep(Duration::from_millis(100));
    }

    assert_ended_in_order(&api);
}

#[test]
fn the_last_lines_and_spans_arrive() {
    for (name, signal) in SIGNALS {
        let sink = Sink::grpc();
        let api = exporting(&sink);
        let mut slow = ask(&api, "/api/slow");

        signal(&api.process);
        let answer = slow.read().unwrap();
        assert_ended_in_order(&api);

        assert_eq!(answer.status, 200, "{name}");
        let line = api.access_line(answer.header("x-request-id").unwrap());
        let span = sink.span(line.get("trace_id").unwrap(), line.get("span_id").unwrap());
        assert_eq!(span.name, "GET /api/slow");
        let last = api.process.logged().pop().unwrap();
        assert_eq!(
            last.get("msg"),
            Some("stopped"),
            "{:?}",
            api.process.lines()
        );
    }
}

#[test]
fn it_ends_in_time_with_all_at_once_against_it() {
    let hole = Sink::black_hole();
    let api = exporting(&hole);
    assert_eq!(api.get("/api/items").status, 200);
    let _very_slow: Vec<_> = (0..8).map(|_| ask(&api, "/api/very-slow")).collect();
    api.process.stall_stdout();

    api.process.terminate();

    let exit = api.process.wait(BUDGET);
    assert_eq!(exit.code(), Some(0), "{exit:?}");
    assert!(exit.elapsed < BUDGET, "{exit:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let hole = Sink::black_hole();

    for (name, signal) in SIGNALS {
        let api = exporting(&hole);
        assert_eq!(api.get("/api/items").status, 200);
        let _very_slow = ask(&api, "/api/very-slow");

        signal(&api.process);
        api.process
            .wait_for_logged("the stop to begin", |line| line.get("reason") == Some(name));
        signal(&api.process);

        let exit = api.process.wait(BUDGET);
        assert_eq!(exit.code(), Some(1), "{name}: {exit:?}");
        assert!(exit.elapsed < BUDGET / 3, "{name}: {exit:?}");
        let last = api.process.logged().pop().unwrap();
        assert_eq!(last.get("level"), Some("warn"), "{:?}", api.process.lines());
    }
}

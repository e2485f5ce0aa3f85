//! A service, its requests, and the books that its telemetry keeps of itself.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use testbed::http::Connection;
use testbed::{PATIENCE, Service, Sink};
use wire::logfmt::Line;

/// Far below every time-out of a backend in these tests: whoever takes longer waited for one.
pub(crate) const PROMPT: Duration = Duration::from_secs(5);

/// The end of a service whose requests are all answered: a second of notice, the three of telemetry,
/// and one for a busy machine. Design: ten, of which four are for requests under way.
pub(crate) const IDLE_END: Duration = Duration::from_secs(5);

/// Requests that are under way at once.
const CLIENTS: usize = 4;

/// The transports of OTLP.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    /// Runs `test` over each transport, at the same time.
    pub(crate) fn each(test: impl Fn(Self) + Sync) {
        thread::scope(|scope| {
            for protocol in [Self::Grpc, Self::Http] {
                let test = &test;
                scope.spawn(move || test(protocol));
            }
        });
    }

    fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http/protobuf",
        }
    }

    pub(crate) fn sink_at(self, port: u16) -> Sink {
        match self {
            Self::Grpc => Sink::grpc_at(port),
            Self::Http => Sink::http_at(port),
        }
    }

    pub(crate) fn sink(self) -> Sink {
        self.sink_at(0)
    }

    /// A ready service that sends its spans to `endpoint`.
    pub(crate) fn api(self, endpoint: &str, variables: &[(&str, &str)]) -> Service {
        let mut all = vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", self.name()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ];
        all.extend_from_slice(variables);
        Service::start(api(), &all)
    }
}

/// The program under test.
pub(crate) fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

/// Sends that many times `GET /`, which each make one span and one line. All have to be answered
/// as usual, and the slowest of them promptly.
#[track_caller]
pub(crate) fn ask(api: &Service, requests: usize) {
    ask_as(api, requests, "test");
}

/// The same, by a client of this name.
#[track_caller]
pub(crate) fn ask_as(api: &Service, requests: usize, agent: &str) {
    let slowest = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| requests / CLIENTS + usize::from(client < requests % CLIENTS))
            .map(|share| scope.spawn(move || slowest_of(api, share, agent)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .max()
    });
    assert!(slowest.unwrap() < PROMPT, "an answer took {slowest:?}");
}

fn slowest_of(api: &Service, requests: usize, agent: &str) -> Duration {
    let mut connection = Connection::open(api.public).unwrap();
    let mut slowest = Duration::ZERO;
    for _ in 0..requests {
        let asked = Instant::now();
        let answer = connection
            .send("GET", "/", &[("User-Agent", agent)], b"")
            .unwrap();
        slowest = slowest.max(asked.elapsed());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["message"], "API is running");
    }
    slowest
}

/// What became of the spans of a service, as its own metrics tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    /// Requests, each of which is one span; they make no calls.
    pub(crate) made: u64,
    pub(crate) queued: u64,
    pub(crate) queue_full: u64,
    pub(crate) exported: u64,
    pub(crate) rejected: u64,
    pub(crate) timed_out: u64,
    pub(crate) waiting: u64,
}

impl Spans {
    pub(crate) fn of(api: &Service) -> Self {
        let metrics = api.metrics();
        let sum = |name: &str| metrics.sum(name, &[]) as u64;
        let fate = |name: &str, fate: &str| {
            let value = metrics.value(name, &[("error_type", fate)]);
            value.unwrap_or_else(|| panic!("{name} lacks {fate:?}")) as u64
        };
        let processed = "otel_sdk_processor_span_processed_total";
        let exported = "otel_sdk_exporter_span_exported_total";
        Self {
            made: sum("http_server_request_duration_seconds_count"),
            queued: fate(processed, ""),
            queue_full: fate(processed, "queue_full"),
            exported: fate(exported, ""),
            rejected: fate(exported, "rejected"),
            timed_out: fate(exported, "timeout"),
            waiting: sum("otel_sdk_processor_span_queue_size"),
        }
    }

    /// Waits until nothing waits any more and each span that was made has met one fate.
    #[track_caller]
    pub(crate) fn settled(api: &Service) -> Self {
        eventually("an empty queue and closed books", || {
            let spans = Self::of(api);
            let processed = spans.made == spans.queued + spans.queue_full;
            let ended = spans.made == spans.exported + spans.lost();
            match spans.waiting == 0 && processed && ended {
                true => Ok(spans),
                false => Err(spans),
            }
        })
    }

    pub(crate) fn lost(&self) -> u64 {
        self.queue_full + self.rejected + self.timed_out
    }
}

/// Asks again until the answer is right.
#[track_caller]
pub(crate) fn eventually<T, E: std::fmt::Debug>(
    awaited: &str,
    mut ask: impl FnMut() -> Result<T, E>,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(instead) if deadline < Instant::now() => {
                panic!("awaited {awaited}, there was {instead:?}")
            }
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Ends the service as an operator does: exit code 0 within `budget`.
#[track_caller]
pub(crate) fn end(api: &Service, budget: Duration) {
    api.process.terminate();
    let exit = api.process.wait(PATIENCE);
    assert_eq!(exit.code(), Some(0), "{:?}", api.process.stderr_lines());
    assert!(exit.elapsed < budget, "the end took {:?}", exit.elapsed);
}

/// The lines about lost spans so far.
pub(crate) fn told(api: &Service) -> Vec<Line> {
    let lines = api.process.logged().into_iter();
    lines
        .filter(|line| {
            line.get("msg")
                .is_some_and(|text| text.starts_with("spans "))
        })
        .collect()
}

/// How many spans these lines tell of.
pub(crate) fn spans_told(lines: &[Line]) -> u64 {
    let spans = |line: &Line| -> u64 { line.get("spans").unwrap().parse().unwrap() };
    lines.iter().map(spans).sum()
}

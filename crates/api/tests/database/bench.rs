//! A database file, the services on it, and a foreign program that meddles with it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use testbed::http::Response;
use testbed::{PATIENCE, Service, Sink};
use wire::logfmt::Line;
use wire::otlp::{Kind, Span};

/// The program under test.
pub(crate) fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

/// A file that outlives the services on it.
pub(crate) struct File {
    folder: TempDir,
}

impl File {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("quartet.db")
    }

    /// As `DATABASE_URL` takes it.
    pub(crate) fn url(&self, mode: &str) -> String {
        format!("sqlite://{}?mode={mode}", self.path().display())
    }

    /// A service that may write, ready.
    pub(crate) fn serve(&self, variables: &[(&str, &str)]) -> Service {
        let url = self.url("rwc");
        let mut all = vec![("DATABASE_URL", url.as_str())];
        all.extend_from_slice(variables);
        Service::start(api(), &all)
    }

    /// Another program that has the file open.
    pub(crate) fn foreign(&self) -> Foreign {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true);
        let connection = runtime.block_on(options.connect()).unwrap();
        Foreign {
            runtime,
            connection,
        }
    }
}

/// A connection that no service knows of.
pub(crate) struct Foreign {
    runtime: tokio::runtime::Runtime,
    connection: SqliteConnection,
}

impl Foreign {
    pub(crate) fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let running = sqlx::query(statement).execute(&mut self.connection);
        self.runtime.block_on(running).map(drop)
    }
}

/// The variables by which a service sends its spans to `endpoint`.
pub(crate) fn sending_to(endpoint: &str) -> [(&str, &str); 3] {
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ]
}

/// Offers an item of that name.
pub(crate) fn offer(api: &Service, name: &str) -> Response {
    let body = format!(r#"{{"name":"{name}","price_cents":100,"stock":1000}}"#);
    api.json("POST", "/api/items", &body)
}

/// Orders a piece of an item.
pub(crate) fn order(api: &Service, item: i64) -> Response {
    let body = format!(r#"{{"lines":[{{"item_id":{item},"quantity":1}}]}}"#);
    api.json("POST", "/api/orders", &body)
}

/// The number of what was made.
#[track_caller]
pub(crate) fn made(answer: &Response) -> i64 {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_i64().unwrap()
}

/// Whether the service wants requests.
pub(crate) fn is_ready(api: &Service) -> bool {
    let answer = testbed::http::get(api.operations, "/health/ready");
    answer.unwrap().status == 200
}

/// The answer says what is wrong, and when to try again.
#[track_caller]
pub(crate) fn assert_refused(answer: &Response, code: &str, retry_after: &str) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    let media = answer.header("content-type");
    assert_eq!(media, Some("application/problem+json"));
    assert_eq!(answer.header("retry-after"), Some(retry_after));
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], 503);
    assert_eq!(
        problem["request_id"].as_str(),
        answer.header("x-request-id"),
    );
}

/// Access line, SERVER span and CLIENT span of a refused request name the same reason.
#[track_caller]
pub(crate) fn assert_seen(api: &Service, sink: &Sink, answer: &Response, reason: &str) {
    let line = api.access_line(answer.header("x-request-id").unwrap());
    assert_eq!(line.get("error.type"), Some(reason));
    let spans = sink.trace(line.get("trace_id").unwrap(), 2);
    let of = |kind: Kind| -> &Span { spans.iter().find(|span| span.kind == kind).unwrap() };
    let (server, client) = (of(Kind::Server), of(Kind::Client));
    assert_eq!(server.text("error.type"), Some(reason));
    assert_eq!(client.text("error.type"), Some(reason));
    assert_eq!(client.parent_span_id.as_ref(), Some(&server.span_id));
}

/// How many answers, and how many calls of the database, were counted for that reason.
pub(crate) fn counted(api: &Service, reason: &str) -> (u64, u64) {
    let metrics = api.metrics();
    let sum = |name: &str| metrics.sum(name, &[("error_type", reason)]) as u64;
    (
        sum("http_server_request_duration_seconds_count"),
        sum("db_client_operation_duration_seconds_count"),
    )
}

/// One line at once about refusals of that reason, and then one in ten seconds.
#[track_caller]
pub(crate) fn assert_told_now_and_then(api: &Service, reason: &str, since: Instant) {
    let lines = api.process.logged().into_iter();
    let about = |line: &Line| {
        line.get("msg") == Some("the store refused") && line.get("error.type") == Some(reason)
    };
    let told = lines.filter(about).count() as u64;
    let due = 1 + since.elapsed().as_secs() / 10;
    assert!((1..=due).contains(&told), "{told} lines");
}

/// Ends the service as an operator does.
#[track_caller]
pub(crate) fn end(api: &Service) {
    api.process.terminate();
    assert_eq!(api.process.wait(PATIENCE).code(), Some(0));
}

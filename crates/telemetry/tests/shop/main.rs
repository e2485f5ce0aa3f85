//! What code within a request leaves behind, seen on a real process: `examples/shop.rs`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::PathBuf;

use testbed::http::{Response, send};
use testbed::{PATIENCE, Process, Sink};
use wire::logfmt::Line;
use wire::otlp::{Kind, Span};

/// The example, which Cargo puts beside the folder of the tests.
fn shop() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let shop = test.ancestors().nth(2).unwrap().join("examples/shop");
    assert!(shop.exists(), "cargo build --example shop comes first");
    shop
}

/// One request to a shop, and all that it left behind.
struct Visit {
    answer: Response,
    /// Lines with its id, in order.
    lines: Vec<Line>,
    /// Spans of its trace.
    spans: Vec<Span>,
}

impl Visit {
    fn of(path: &str) -> Self {
        let sink = Sink::grpc();
        let shop = Process::spawn(
            &shop(),
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &sink.endpoint()),
            ],
        );
        let id = [("X-Request-Id", "visit-1")];
        let answer = send(shop.address("public"), "GET", path, &id, b"").unwrap();
        shop.terminate();
        assert_eq!(shop.wait(PATIENCE).code(), Some(0));
        let lines = shop.logged().into_iter();
        Self {
            answer,
            lines: lines
                .filter(|line| line.get("request_id") == Some("visit-1"))
                .collect(),
            spans: sink.spans(),
        }
    }

    #[track_caller]
    fn span(&self, name: &str) -> &Span {
        let found = self.spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no span {name} in {:?}", self.spans))
    }

    fn server(&self) -> &Span {
        let found = self.spans.iter().find(|span| span.kind == Kind::Server);
        found.unwrap()
    }

    #[track_caller]
    fn line(&self, message: &str) -> &Line {
        let found = self
            .lines
            .iter()
            .find(|line| line.get("msg") == Some(message));
        found.unwrap_or_else(|| panic!("no line {message:?} in {:?}", self.lines))
    }
}

#[track_caller]
fn assert_within(line: &Line, span: &Span) {
    assert_eq!(line.get("trace_id"), Some(span.trace_id.as_str()));
    assert_eq!(line.get("span_id"), Some(span.span_id.as_str()));
    assert_eq!(line.get("sampled"), Some("true"));
}

#[track_caller]
fn assert_child(child: &Span, parent: &Span) {
    assert_eq!(child.trace_id, parent.trace_id);
    assert_eq!(child.parent_span_id.as_ref(), Some(&parent.span_id));
}

#[test]
fn spans_of_functions_are_children_of_the_request_and_their_lines_say_so() {
    let visit = Visit::of("/pack");

    assert_eq!(visit.answer.text(), "packed");
    let (server, wrap) = (visit.server(), visit.span("wrap"));
    assert_child(wrap, server);
    assert_eq!(wrap.integer("layers"), Some(3));
    assert_within(visit.line("wrapping"), wrap);
    let folds: Vec<_> = visit
        .spans
        .iter()
        .filter(|span| span.name == "fold")
        .collect();
    assert_eq!(folds.len(), 3);
    for fold in folds {
        assert_child(fold, wrap);
        let layer = fold.integer("layer").unwrap().to_string();
        let of_layer = |line: &&Line| line.get("layer") == Some(&layer);
        assert_within(visit.lines.iter().find(of_layer).unwrap(), fold);
    }
    assert_within(visit.line("GET /pack 200"), server);
    assert_eq!(visit.lines.len(), 5, "{:?}", visit.lines);
}

#[test]
fn a_field_that_code_adds_is_in_later_lines_and_the_access_line() {
    let visit = Visit::of("/greet");

    let kind = |message| visit.line(message).get("customer.kind");
    assert_eq!(kind("looking the customer up"), None);
    assert_eq!(kind("greeting"), Some("returning"));
    assert_eq!(kind("GET /greet 200"), Some("returning"));
}

#[test]
fn tasks_keep_the_ids_of_the_request_that_started_them() {
    let visit = Visit::of("/dispatch");

    let sent = |how: &str| -> &Line {
        let of = |line: &&Line| line.get("how") == Some(how);
        visit.lines.iter().find(of).unwrap()
    };
    assert_within(sent("in context"), visit.server());
    let dispatch = visit.span("dispatch");
    assert_child(dispatch, visit.server());
    assert_within(sent("in a span"), dispatch);
}

//! The collector is away, refuses, hangs, and comes back.

use std::time::Instant;

use testbed::sink::Behaviour;
use testbed::{Service, Sink, free_port};
use wire::otlp::Span;

use crate::bench::{IDLE_END, Protocol, Spans, ask, end, spans_told, told};

/// What `ask` makes.
fn greetings(spans: &[Span]) -> usize {
    spans.iter().filter(|span| span.name == "GET /").count()
}

/// Each subject has one line at first, one in ten seconds, and one at the end.
#[track_caller]
fn assert_few_lines(api: &Service, started: Instant) {
    let lines = told(api);
    let due = 2 + started.elapsed().as_secs() as usize / 10;
    for subject in ["spans dropped", "spans lost"] {
        let about = |line: &&wire::logfmt::Line| line.get("msg").unwrap().starts_with(subject);
        assert!(lines.iter().filter(about).count() <= due, "{lines:?}");
    }
}

#[test]
fn a_port_that_refuses_costs_the_spans_until_somebody_listens() {
    Protocol::each(|protocol| {
        let port = free_port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        let api = protocol.api(&endpoint, &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100")]);

        ask(&api, 400);

        let lost = Spans::settled(&api);
        assert_eq!(lost.rejected, 400, "{lost:?}");

        let sink = protocol.sink_at(port);
        ask(&api, 100);
        sink.wait_for_spans("the requests since", |spans| greetings(spans) == 100);
        assert_eq!(Spans::settled(&api).exported, 100);

        drop(sink);
        ask(&api, 50);
        let lost = Spans::settled(&api).rejected - lost.rejected;
        assert_eq!(lost, 50);

        let sink = protocol.sink_at(port);
        ask(&api, 100);
        sink.wait_for_spans("the requests since", |spans| greetings(spans) == 100);
        let spans = Spans::settled(&api);
        assert_eq!(spans.exported, 200);

        end(&api, IDLE_END);
        assert_eq!(spans_told(&told(&api)), spans.rejected);
        assert_few_lines(&api, started);
    });
}

#[test]
fn a_collector_that_refuses_for_a_while_costs_the_spans_of_that_while() {
    Protocol::each(|protocol| {
        let sink = protocol.sink();
        sink.behave(Behaviour::Fail);
        let started = Instant::now();
        let api = protocol.api(&sink.endpoint(), &[]);
        ask(&api, 100);
        let first = Spans::settled(&api);
        assert_eq!(first.rejected, 100, "{first:?}");

        sink.behave(Behaviour::Accept);
        ask(&api, 100);
        sink.wait_for_spans("the requests since", |spans| greetings(spans) == 100);

        sink.behave(Behaviour::Fail);
        ask(&api, 300);
        let later = Spans::settled(&api);
        assert_eq!(later.rejected - first.rejected, 300, "{later:?}");
        assert_eq!(later.exported, 100, "{later:?}");

        sink.behave(Behaviour::Accept);
        ask(&api, 100);
        let spans = sink.wait_for_spans("the requests since", |spans| greetings(spans) == 200);
        assert_eq!(Spans::settled(&api).exported, spans.len() as u64);

        sink.behave(Behaviour::Fail);
        ask(&api, 100);
        end(&api, IDLE_END);
        assert_eq!(spans_told(&told(&api)), later.rejected + 100);
        assert_few_lines(&api, started);
    });
}

#[test]
fn a_collector_that_hangs_for_a_while_fills_the_queue_and_no_more() {
    Protocol::each(|protocol| {
        let sink = protocol.sink();
        let started = Instant::now();
        let variables = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "64"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "400"),
        ];
        let api = protocol.api(&sink.endpoint(), &variables);
        ask(&api, 20);
        sink.wait_for_spans("the first requests", |spans| greetings(spans) == 20);

        sink.behave(Behaviour::Hang);
        ask(&api, 600);
        let lost = Spans::settled(&api);
        assert_eq!(lost.queue_full + lost.timed_out, 600, "{lost:?}");
        assert!(64 <= lost.timed_out && 64 < lost.queue_full, "{lost:?}");

        sink.behave(Behaviour::Accept);
        ask(&api, 20);
        let spans = sink.wait_for_spans("the later requests", |spans| greetings(spans) == 40);
        assert_eq!(Spans::settled(&api).exported, spans.len() as u64);

        end(&api, IDLE_END);
        assert_eq!(spans_told(&told(&api)), 600);
        assert_few_lines(&api, started);
    });
}

#[test]
fn a_collector_that_never_speaks_holds_nobody_up_at_the_end() {
    Protocol::each(|protocol| {
        let sink = Sink::black_hole();
        let api = protocol.api(&sink.endpoint(), &[("OTEL_BSP_MAX_QUEUE_SIZE", "64")]);

        ask(&api, 600);
        let spans = Spans::of(&api);
        assert_eq!(spans.made, spans.queued + spans.queue_full, "{spans:?}");
        assert_eq!(spans.lost(), spans.queue_full, "{spans:?}");
        assert!(spans.queued <= 128 && spans.waiting <= 128, "{spans:?}");

        end(&api, IDLE_END);
        let lines = told(&api);
        assert_eq!(spans_told(&lines), spans.made, "{lines:?}");
        let last = "spans lost: the collector took too long at shutdown";
        assert!(lines.iter().any(|line| line.get("msg") == Some(last)));
    });
}

#[test]
fn a_slow_collector_gets_all_that_the_queue_holds() {
    Protocol::each(|protocol| {
        let sink = protocol.sink();
        let api = protocol.api(&sink.endpoint(), &[]);
        let delay = std::time::Duration::from_millis(500);
        sink.behave(Behaviour::Delay(delay));

        ask(&api, 400);
        let made = Spans::of(&api).made;
        end(&api, IDLE_END);

        assert_eq!(sink.spans().len() as u64, made);
        assert_eq!(told(&api).len(), 0);
    });
}

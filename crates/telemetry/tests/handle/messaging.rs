use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use telemetry::messaging::{Delivery, ErrorType, Headers, Receiver, set_message_id};
use wire::otlp::{Kind, Span, Status};

use crate::bench::{Bench, named};

const SENT: &str = "messaging_client_sent_messages_total";
const PROCESSED: &str = "messaging_process_duration_seconds_count";

#[derive(Debug, PartialEq)]
struct Refused;

impl ErrorType for Refused {
    fn error_type(&self) -> &'static str {
        "carrier_refused"
    }
}

fn receiver(bench: &Bench) -> Receiver {
    bench.telemetry.message_receiver("quartet", "orders")
}

/// Sends a message as a part of `parent`, and gives what travels with it.
async fn sent(bench: &Bench, parent: Context) -> Headers {
    let sender = bench.telemetry.message_sender("quartet", "orders");
    let headers = sender.send(|headers| async {
        set_message_id("7");
        Ok::<_, Refused>(headers)
    });
    headers.with_context(parent).await.unwrap()
}

fn delivery(attempt: u32, headers: &Headers) -> Delivery<'_> {
    Delivery {
        id: "7",
        attempt,
        headers,
    }
}

fn counted(bench: &Bench, family: &str, error_type: &str) -> f64 {
    let labels = [
        ("messaging_system", "quartet"),
        ("messaging_destination_name", "orders"),
        ("error_type", error_type),
    ];
    bench.metrics().sum(family, &labels)
}

#[track_caller]
fn assert_names(span: &Span, operation: &str) {
    assert_eq!(span.text("messaging.system"), Some("quartet"));
    assert_eq!(span.text("messaging.destination.name"), Some("orders"));
    assert_eq!(span.text("messaging.operation.name"), Some(operation));
    assert_eq!(span.text("messaging.operation.type"), Some(operation));
    assert_eq!(span.text("messaging.message.id"), Some("7"));
}

#[tokio::test]
async fn a_first_attempt_goes_on_in_the_senders_trace() {
    let bench = Bench::new();
    let receiver = receiver(&bench);
    let parent = bench.parent();

    let headers = sent(&bench, parent.clone()).await;
    parent.span().end();
    let inner = async { Ok::<_, Refused>(bench.telemetry.carried_context()) };
    let within = receiver.process(delivery(1, &headers), inner).await;

    assert_eq!(counted(&bench, SENT, ""), 1.0);
    assert_eq!(counted(&bench, PROCESSED, ""), 1.0);
    let spans = bench.spans();
    let (send, process) = (
        named(&spans, "send orders"),
        named(&spans, "process orders"),
    );
    assert_eq!((send.kind, process.kind), (Kind::Producer, Kind::Consumer));
    assert_names(send, "send");
    assert_names(process, "process");
    let parent = named(&spans, "parent");
    assert_eq!(send.parent_span_id.as_ref(), Some(&parent.span_id));
    assert_eq!(process.parent_span_id.as_ref(), Some(&send.span_id));
    assert_eq!(process.trace_id, parent.trace_id);
    assert_eq!(
        process.integer("messaging.message.delivery_attempt"),
        Some(1)
    );
    let carried = format!("00-{}-{}-01", process.trace_id, process.span_id);
    assert_eq!(within.unwrap()["traceparent"], carried);
}

#[tokio::test]
async fn a_later_attempt_is_a_root_with_a_link() {
    let bench = Bench::new();
    let receiver = receiver(&bench);
    let parent = bench.parent();
    let mut headers = sent(&bench, parent.clone()).await;
    headers.insert("tracestate".to_owned(), "vendor=1".to_owned());

    // Whatever span the worker is in has nothing to do with it.
    let again = receiver.process(delivery(2, &headers), async { Ok::<_, Refused>(()) });
    again.with_context(parent).await.unwrap();

    let spans = bench.spans();
    let (send, process) = (
        named(&spans, "send orders"),
        named(&spans, "process orders"),
    );
    assert_eq!(process.parent_span_id, None);
    assert_ne!(process.trace_id, send.trace_id);
    assert_eq!(
        process.integer("messaging.message.delivery_attempt"),
        Some(2)
    );
    let [link] = &process.links[..] else {
        panic!("{:?}", process.links);
    };
    assert_eq!(
        (&link.trace_id, &link.span_id),
        (&send.trace_id, &send.span_id)
    );
}

#[tokio::test]
async fn a_message_of_nobodys_trace_is_a_root() {
    let bench = Bench::new();
    let receiver = receiver(&bench);
    let garbage = Headers::from([("traceparent".to_owned(), "00-x".to_owned())]);

    for (attempt, headers) in [(1, &Headers::new()), (2, &Headers::new()), (2, &garbage)] {
        let processed =
            receiver.process(delivery(attempt, headers), async { Ok::<_, Refused>(()) });
        processed.await.unwrap();
    }

    let spans = bench.spans();
    assert_eq!(spans.len(), 3);
    for span in spans {
        assert_eq!(span.parent_span_id, None);
        assert!(span.links.is_empty(), "{:?}", span.links);
    }
}

#[tokio::test]
async fn failures_are_counted_by_their_names() {
    let bench = Bench::new();
    let receiver = receiver(&bench);
    let headers = Headers::new();

    let refused = receiver.process(delivery(1, &headers), async { Err::<(), _>(Refused) });
    assert_eq!(refused.await, Err(Refused));
    let panics = receiver.process(delivery(1, &headers), async {
        if !headers.contains_key("there is none") {
            panic!("on purpose");
        }
        Ok::<_, Refused>(())
    });
    assert!(AssertUnwindSafe(panics).catch_unwind().await.is_err());
    let never = std::future::pending::<Result<(), Refused>>();
    let dropped = receiver.process(delivery(1, &headers), never);
    let dropped = tokio::time::timeout(Duration::from_millis(20), dropped).await;
    assert!(dropped.is_err());

    let names = ["carrier_refused", "panic", "cancelled"];
    for name in names {
        assert_eq!(counted(&bench, PROCESSED, name), 1.0, "{name}");
    }
    assert_eq!(counted(&bench, PROCESSED, ""), 0.0);
    let spans = bench.spans();
    for name in names {
        let of = |span: &&Span| span.text("error.type") == Some(name);
        let span = spans.iter().find(of).unwrap();
        assert!(matches!(span.status, Status::Error(_)), "{:?}", span.status);
    }
}

#[tokio::test]
async fn a_message_that_was_not_sent_is_counted_as_such() {
    let bench = Bench::new();
    let sender = bench.telemetry.message_sender("quartet", "orders");
    assert_eq!(counted(&bench, SENT, ""), 0.0);

    let refused = sender.send(|_| async { Err::<(), _>(Refused) }).await;

    assert_eq!(refused, Err(Refused));
    assert_eq!(counted(&bench, SENT, "carrier_refused"), 1.0);
    assert_eq!(counted(&bench, SENT, ""), 0.0);
    let spans = bench.spans();
    let send = named(&spans, "send orders");
    assert_eq!(send.text("error.type"), Some("carrier_refused"));
}

#[tokio::test]
async fn what_is_not_sampled_says_so_to_the_receiver() {
    let bench = Bench::with(&[("OTEL_TRACES_SAMPLER", "always_off")]);
    let receiver = receiver(&bench);

    let headers = sent(&bench, Context::new()).await;
    let processed = receiver.process(delivery(1, &headers), async { Ok::<_, Refused>(()) });
    processed.await.unwrap();

    assert!(headers["traceparent"].ends_with("-00"), "{headers:?}");
    assert_eq!(counted(&bench, PROCESSED, ""), 1.0);
    assert!(bench.spans().is_empty());
}

//! CPU time of work that is no request, under the span of its root.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use telemetry::profiles::labelled;
use telemetry::{Settings, Telemetry};
use testbed::{ProfileSink, Sink};

const HALF: Duration = Duration::from_millis(250);

/// Keeps this thread busy for half the time of a job.
fn work() {
    let began = Instant::now();
    while began.elapsed() < HALF {
        std::hint::black_box(began);
    }
}

/// Works, waits for somebody else, and works on.
async fn job() {
    work();
    tokio::task::yield_now().await;
    work();
}

fn consumer(telemetry: &Telemetry, name: &'static str) -> Context {
    let tracer = telemetry.tracer();
    let builder = tracer.span_builder(name).with_kind(SpanKind::Consumer);
    Context::new().with_span(builder.start(tracer))
}

#[tokio::test]
async fn two_jobs_that_take_turns_find_their_own_time() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let (collector, pyroscope) = (spans.endpoint(), profiles.endpoint());
    let settings = Settings::from_vars("worker", "1.0.0", &|name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(collector.clone()),
        "PYROSCOPE_SERVER_ADDRESS" => Some(pyroscope.clone()),
        _ => None,
    });
    let telemetry = telemetry::init(settings.unwrap()).unwrap();
    let (first, second) = (
        consumer(&telemetry, "first job"),
        consumer(&telemetry, "second job"),
    );

    let idle = consumer(&telemetry, "idle job");
    labelled(&idle, async {}).await;
    tokio::join!(labelled(&first, job()), labelled(&second, job()));
    for context in [&first, &second, &idle] {
        context.span().end();
    }
    let stopping = telemetry.clone();
    let stopped = tokio::task::spawn_blocking(move || stopping.shutdown(Duration::from_secs(3)));
    stopped.await.unwrap();

    let pushes = profiles.pushes();
    let time = |id: &str| -> i64 {
        let pushes = pushes.iter();
        let sums = pushes.map(|push| {
            push.profile
                .sum(|sample| sample.label("span_id") == Some(id))
        });
        sums.sum()
    };
    for context in [first, second] {
        let id = context.span().span_context().span_id().to_string();
        // Whoever shares the machine takes some of the half second; nobody adds to it.
        let time = time(&id);
        assert!((200_000_000..=530_000_000).contains(&time), "{time} ns");
        let span = spans.wait_for_span("the job", |span| span.span_id == id);
        assert_eq!(span.text("pyroscope.profile.id"), Some(id.as_str()));
    }
    let span = spans.wait_for_span("the idle job", |span| span.name == "idle job");
    assert_eq!(span.text("pyroscope.profile.id"), None);
    assert_eq!(time(&span.span_id), 0);
}

//! CPU time of work that is no request, under the span of its root.
#![cfg(target_os = "linux")]

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use rustix::time::{ClockId, clock_gettime};
use telemetry::messaging::{Delivery, ErrorType, Headers};
use telemetry::profiles::labelled;
use telemetry::{Settings, Telemetry};
use testbed::{PATIENCE, ProfileSink, Sink, late_cpu_time};
use wire::openmetrics::{Format, parse};

const HALF: Duration = Duration::from_millis(250);

/// Burns half the CPU time of a job, however many others want the CPU.
fn work() {
    let began = cpu_time();
    while cpu_time() - began < HALF {
        std::hint::black_box(began);
    }
}

/// What this thread has used so far.
fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_secs(used.tv_sec.unsigned_abs())
        + Duration::from_nanos(used.tv_nsec.unsigned_abs())
}

/// Works, waits for somebody else, and works on.
async fn job() {
    work();
    tokio::task::yield_now().await;
    work();
}

/// What never happens to a message.
enum Never {}

impl ErrorType for Never {
    fn error_type(&self) -> &'static str {
        match *self {}
    }
}

fn consumer(telemetry: &Telemetry, name: &'static str) -> Context {
    let tracer = telemetry.tracer();
    let builder = tracer.span_builder(name).with_kind(SpanKind::Consumer);
    Context::new().with_span(builder.start(tracer))
}

#[tokio::test]
async fn jobs_that_take_turns_find_their_own_time() {
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

    let receiver = telemetry.message_receiver("quartet", "orders");
    let delivery = Delivery {
        id: "7",
        attempt: 1,
        headers: &Headers::new(),
    };
    let message = receiver.process(delivery, async {
        job().await;
        Ok::<_, Never>(())
    });

    let idle = consumer(&telemetry, "idle job");
    labelled(&idle, async {}).await;
    let (_, _, processed) =
        tokio::join!(labelled(&first, job()), labelled(&second, job()), message);
    assert!(processed.is_ok());
    for context in [&first, &second, &idle] {
        context.span().end();
    }
    let stopping = telemetry.clone();
    let stopped = tokio::task::spawn_blocking(move || stopping.shutdown(PATIENCE));
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
    let exposed = telemetry.metrics().expose("text/plain").unwrap();
    let metrics = parse(&exposed.body, Format::Prometheus).unwrap();
    let late = i64::try_from(late_cpu_time(&metrics).as_nanos()).unwrap();
    let process = spans.wait_for_span("the message", |span| span.name == "process orders");
    let ids = [first, second].map(|context| context.span().span_context().span_id().to_string());
    for id in ids.into_iter().chain([process.span_id]) {
        // Half a second, but for what a signal that came late did not see.
        let time = time(&id);
        let (least, most) = (400_000_000 - late, 550_000_000 + late);
        assert!((least..=most).contains(&time), "{time} ns, {late} ns late");
        let span = spans.wait_for_span("the job", |span| span.span_id == id);
        assert_eq!(span.text("pyroscope.profile.id"), Some(id.as_str()));
    }
    let span = spans.wait_for_span("the idle job", |span| span.name == "idle job");
    assert_eq!(span.text("pyroscope.profile.id"), None);
    assert_eq!(time(&span.span_id), 0);
}

//! What is left of profiles in a build without frame pointers; `just test-no-frame-pointers` makes one.
#![cfg(without_frame_pointers)]

use std::path::Path;

use testbed::{ProfileSink, Service, Sink};
use wire::logfmt::Line;

fn start(spans: &Sink, profiles: &ProfileSink, variables: &[(&str, &str)]) -> Service {
    let (collector, pyroscope) = (spans.endpoint(), profiles.endpoint());
    let mut all = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
        ("PYROSCOPE_SERVER_ADDRESS", &pyroscope),
        ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
    ];
    all.extend_from_slice(variables);
    Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all)
}

/// The one warning or error that there may be.
#[track_caller]
fn warning(api: &Service) -> Line {
    let mut lines = api.process.logged();
    lines.retain(|line| matches!(line.get("level"), Some("warn" | "error")));
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

fn works_without_labels(api: &Service, spans: &Sink) {
    assert_eq!(api.get("/api/cpu?ms=500").status, 200);
    let span = spans.wait_for_span("the request", |span| span.name == "GET /api/cpu");
    assert_eq!(span.text("pyroscope.profile.id"), None);
    let labels = api.metrics().value("telemetry_profile_span_labels", &[]);
    assert_eq!(labels, Some(0.0));
}

#[track_caller]
fn end(api: &Service) {
    api.process.terminate();
    let exit = api.process.wait(testbed::PATIENCE);
    assert_eq!(exit.code(), Some(0), "{:?}", api.process.lines());
}

#[test]
fn profiles_are_plain_and_one_line_says_so() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = start(&spans, &profiles, &[]);

    works_without_labels(&api, &spans);

    let burnt = |sample: &wire::pprof::Sample| {
        let mut frames = sample.frames.iter();
        frames.any(|frame| frame.function.ends_with("burn"))
    };
    profiles.wait_for_pushes("what was burnt", |pushes| {
        let burnt = pushes.iter().map(|push| push.profile.sum(burnt));
        350_000_000 < burnt.sum::<i64>()
    });
    end(&api);
    let line = warning(&api);
    assert_eq!(line.get("msg"), Some("cpu profiles have no span labels"));
    let reason = line.get("reason").unwrap();
    assert!(reason.contains("without frame pointers"), "{reason}");
    let labelled = profiles.pushes().into_iter();
    let mut labelled = labelled.flat_map(|push| push.profile.samples);
    assert!(labelled.all(|sample| sample.label("span_id").is_none()));
}

#[test]
fn without_a_temporary_folder_there_are_none_and_one_line_says_so() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = start(&spans, &profiles, &[("TMPDIR", "/proc")]);

    works_without_labels(&api, &spans);

    end(&api);
    assert_eq!(warning(&api).get("msg"), Some("no cpu profiles"));
    assert_eq!(profiles.requests(), 0);
}

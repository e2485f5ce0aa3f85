//! What a push looks like.

use std::time::Duration;

use testbed::{PATIENCE, ProfileSink, Service};

use crate::world::{BURN, World, api};

#[test]
fn pushes_are_whole_profiles_of_one_series_with_full_paths() {
    let resource = "project=shop,team=a,service.name=other";
    let world = World::start(&[
        ("QUARTET_ENVIRONMENT", "staging"),
        ("OTEL_RESOURCE_ATTRIBUTES", resource),
    ]);
    world.api.get("/api/cpu?ms=300");

    let ended = world.end();

    assert!(!ended.pushes.is_empty());
    for push in &ended.pushes {
        let labels: Vec<_> = push.labels.iter().collect();
        let labels: Vec<_> = labels
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            labels,
            [
                ("__name__", "process_cpu"),
                ("deployment_environment_name", "staging"),
                ("project", "shop"),
                ("service_name", "api"),
            ]
        );
        let profile = &push.profile;
        assert_eq!(profile.types.len(), 1);
        assert_eq!(profile.types[0].name, "cpu");
        assert_eq!(profile.types[0].unit, "nanoseconds");
        assert_eq!(profile.period_type, profile.types[0]);
        assert_eq!(profile.period, 10_000_000);
        assert!(push.bytes < 4 << 20, "{} bytes", push.bytes);
        let values = profile.samples.iter().flat_map(|sample| &sample.values);
        assert!(values.into_iter().all(|value| 0 < *value));
    }
    let windows: Vec<_> = ended
        .pushes
        .iter()
        .map(|push| (push.profile.unix_nanos, push.profile.duration_nanos))
        .collect();
    assert!(
        windows
            .windows(2)
            .all(|two| two[0].0 + two[0].1 <= two[1].0),
        "{windows:?} overlap"
    );
    let samples = ended.pushes.iter().flat_map(|push| &push.profile.samples);
    let burning = samples.into_iter().filter(|sample| sample.is_within(BURN));
    let mut deepest = 0;
    for sample in burning {
        deepest = deepest.max(sample.frames.len());
        let burn = sample.frames.iter().find(|frame| frame.function == BURN);
        let burn = burn.unwrap();
        assert!(
            burn.file.ends_with("src/demo.rs") && 0 < burn.line,
            "{burn:?}"
        );
        let of_handler = |frame: &&wire::pprof::Frame| frame.function.starts_with("api::demo::cpu");
        assert!(
            sample.frames.iter().any(|frame| of_handler(&frame)),
            "{sample:?}"
        );
    }
    assert!(20 < deepest, "{deepest} frames");
}

#[test]
fn the_name_and_password_are_sent_as_basic_authentication() {
    let sink = ProfileSink::start();
    let api = Service::start(
        api(),
        &[
            ("PYROSCOPE_SERVER_ADDRESS", &sink.endpoint()),
            ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
            ("PYROSCOPE_BASIC_AUTH_USER", "api"),
            ("PYROSCOPE_BASIC_AUTH_PASSWORD", "secret"),
        ],
    );

    sink.wait_for_requests(1);

    let request = sink.last_request().unwrap();
    assert_eq!(
        request.header("authorization"),
        Some("Basic YXBpOnNlY3JldA==")
    );
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let lines = api.process.lines();
    assert!(
        lines.iter().all(|line| !line.contains("secret")),
        "{lines:?}"
    );
}

#[test]
fn samples_add_up_to_the_cpu_time_of_the_process() {
    let world = World::start(&[("QUARTET_WORKERS", "2")]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..4 {
                    world.api.get("/api/cpu?ms=500");
                }
            });
        }
    });
    // Samples are counted when they are drained, each second.
    let counted = |metrics: &wire::openmetrics::Exposition| {
        metrics.sum("telemetry_profile_cpu_seconds_total", &[])
    };
    let burnt = std::time::Instant::now();
    while counted(&world.api.metrics()) < 3.9 {
        assert!(
            burnt.elapsed() < PATIENCE,
            "{}",
            counted(&world.api.metrics())
        );
        std::thread::sleep(Duration::from_millis(50));
    }

    let metrics = world.api.metrics();
    let (sampled, used) = (
        counted(&metrics),
        metrics.sum("process_cpu_seconds_total", &[]),
    );

    // What the process used before the first timer and since the last drain is not sampled.
    let share = sampled / used;
    assert!((0.85..=1.05).contains(&share), "{sampled} s of {used} s");
    let samples = metrics.sum("telemetry_profile_samples_taken_total", &[]);
    assert!(
        (samples * 0.01 - sampled).abs() <= sampled * 0.25,
        "{samples} {sampled}"
    );
    assert_eq!(
        metrics.sum("telemetry_profile_samples_dropped_total", &[]),
        0.0
    );
    assert_eq!(metrics.sum("telemetry_profile_span_labels", &[]), 1.0);
    let watched = [("state", "watched")];
    let watched = metrics.value("telemetry_profile_threads", &watched);
    assert_eq!(watched, Some(world.api.process.threads() as f64));
}

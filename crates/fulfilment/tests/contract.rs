//! docs/telemetry.md and docs/operations.md say what this service sends and reads; nothing else is, and all of it.

use std::collections::BTreeSet;
use std::path::Path;

use testbed::document::{self, Documented};
use testbed::{ProfileSink, Service, Sink};
use wire::openmetrics::Exposition;

fn start(variables: &[(&str, &str)]) -> Service {
    Service::start(Path::new(env!("CARGO_BIN_EXE_fulfilment")), variables)
}

fn check(exposed: &Exposition, expected: impl Fn(&str) -> bool) {
    let expected = |row: &Documented| expected(row.there);
    document::check_metrics(exposed, expected, |family, row| {
        for (label, word) in family.samples.iter().flat_map(|sample| &sample.labels) {
            let known = label == "le" || row.labels.contains(label.as_str());
            assert!(known, "{label} of {}", family.name);
            if ["state", "outcome", "fault", "reason"].contains(&label.as_str()) {
                let listed = row.words.contains(&format!("`{word}`"));
                assert!(listed, "{label}={word} of {}", family.name);
            }
        }
    });
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let fulfilment = start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &spans.endpoint()),
        ("PYROSCOPE_SERVER_ADDRESS", &profiles.endpoint()),
    ]);
    assert_eq!(fulfilment.get("/").status, 200);

    check(&fulfilment.metrics(), |there| {
        !["api", "client", "console"].contains(&there)
    });
}

#[test]
fn what_is_always_there_is_there_before_the_first_request_with_all_its_words() {
    let fulfilment = start(&[]);
    let exposed = fulfilment.metrics();

    check(&exposed, |there| ["always", "fulfilment"].contains(&there));
    for (family, label, words) in [
        ("job_queue_depth", "state", 3),
        ("job_attempts_total", "outcome", 6),
        ("fault_active", "fault", 6),
    ] {
        let samples = exposed.samples(family);
        let seen: BTreeSet<_> = samples
            .iter()
            .filter_map(|sample| sample.label(label))
            .collect();
        assert_eq!(seen.len(), words, "{family}: {seen:?}");
    }
    assert_eq!(exposed.value("job_workers_max", &[]), Some(2.0));
}

#[test]
fn the_rules_of_promlint_hold() {
    document::check_promlint(&start(&[]));
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let declared = fulfilment::settings::DECLARED.iter().copied().flatten();
    document::check_settings(declared.map(|variable| (variable.name, variable.default)));
}

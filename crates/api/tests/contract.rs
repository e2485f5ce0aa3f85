//! docs/telemetry.md says what is sent; nothing else is, and all of it.

use std::collections::BTreeSet;
use std::path::Path;

use testbed::document::{self, Documented};
use testbed::{ProfileSink, Service, Sink};
use wire::openmetrics::{Exposition, Format, parse};
use wire::otlp::Kind;

/// An api that has been asked for everything that leaves a trace.
fn busy_api(variables: &[(&str, &str)]) -> Service {
    let nobody = format!("http://127.0.0.1:{}", testbed::free_port());
    let mut all = vec![("QUARTET_FULFILMENT_URL", nobody.as_str())];
    all.extend_from_slice(variables);
    let api = Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all);
    api.json(
        "POST",
        "/api/items",
        r#"{"name":"rosin","price_cents":990,"stock":2}"#,
    );
    api.json(
        "POST",
        "/api/orders",
        r#"{"lines":[{"item_id":1,"quantity":1}]}"#,
    );
    for path in [
        "/",
        "/health",
        "/api/items?limit=1&token=secret",
        "/api/exception",
        "/api/bad-request",
        "/nowhere",
    ] {
        api.get(path);
    }
    api.send("BREW", "/api/items", &[("User-Agent", "contract")], b"");
    api
}

/// The same, with all that it can send sent.
fn busy_api_with(spans: &Sink, profiles: &ProfileSink) -> Service {
    let api = busy_api(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &spans.endpoint()),
        ("PYROSCOPE_SERVER_ADDRESS", &profiles.endpoint()),
    ]);
    api.get("/api/cpu?ms=200");
    api
}

fn check(exposed: &Exposition, expected: impl Fn(&Documented) -> bool) {
    document::check_metrics(exposed, expected, |family, row| {
        let samples = family.samples.iter();
        let labels: BTreeSet<_> = samples
            .flat_map(|sample| sample.labels.keys().map(String::as_str))
            .filter(|name| *name != "le")
            .collect();
        assert_eq!(labels, row.labels, "labels of {}", family.name);
    });
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&spans, &profiles);

    check(&api.metrics(), |row| {
        !["fulfilment", "console"].contains(&row.there)
    });
}

#[test]
fn what_is_always_there_is_there_before_the_first_request() {
    let peer = [("QUARTET_FULFILMENT_URL", "http://127.0.0.1:8010")];
    let api = Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &peer);

    check(&api.metrics(), |row| ["always", "api"].contains(&row.there));
}

#[test]
fn the_rules_of_promlint_hold() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&spans, &profiles);

    document::check_promlint(&api);
}

#[test]
fn exemplars_are_there_in_openmetrics_and_absent_in_plain_text() {
    let api = busy_api(&[]);

    let exposed = api.metrics();
    let exemplars = exposed
        .samples("http_server_request_duration_seconds_bucket")
        .into_iter()
        .filter_map(|sample| sample.exemplar.as_ref());
    let line = api.process.wait_for_logged("an access line", |line| {
        line.get("url.path") == Some("/api/bad-request")
    });
    let trace = line.get("trace_id").unwrap();
    let found = exemplars
        .flat_map(|exemplar| exemplar.labels.iter())
        .any(|(name, value)| name == "trace_id" && value == trace);
    assert!(found, "no exemplar leads to {trace}");

    let plain = api.metrics_text("text/plain");
    assert!(
        !plain.contains(" # {") && !plain.contains("# EOF") && !plain.contains("# UNIT"),
        "{plain}"
    );
    let same = parse(&plain, Format::Prometheus).unwrap();
    assert_eq!(same.families.len(), exposed.families.len());
}

#[test]
fn unsampled_requests_leave_no_exemplars() {
    let api = busy_api(&[("OTEL_TRACES_SAMPLER", "always_off")]);

    assert!(
        !api.metrics_text("application/openmetrics-text")
            .contains(" # {")
    );
}

#[test]
fn the_fields_of_lines_are_documented() {
    let api = busy_api(&[]);
    api.process.wait_for_logged("the last access line", |line| {
        line.get("http.request.method_original") == Some("BREW")
    });

    let documented = document::names_of("field");
    let access: BTreeSet<String> = api
        .process
        .logged()
        .iter()
        .filter(|line| line.get("target") == Some("access"))
        .flat_map(|line| {
            line.iter()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(access, documented);
}

#[test]
fn the_attributes_of_spans_are_documented() {
    let (sink, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&sink, &profiles);
    let spans = sink.wait_for_spans("the span of the last request", |spans| {
        spans.iter().any(|span| span.name == "GET /api/cpu")
    });

    let attributes = |kind: Kind| -> BTreeSet<String> {
        spans
            .iter()
            .filter(|span| span.kind == kind)
            .flat_map(|span| span.attributes.keys().cloned())
            .collect()
    };
    assert_eq!(
        attributes(Kind::Server),
        document::names_of("attribute of a SERVER span")
    );
    let documented = |kind: Kind, tables: &[&str]| {
        let known: BTreeSet<_> = tables
            .iter()
            .flat_map(|first| document::names_of(first))
            .collect();
        let undocumented: Vec<_> = attributes(kind).difference(&known).cloned().collect();
        assert!(undocumented.is_empty(), "{kind:?}: {undocumented:?}");
    };
    let of_calls = [
        "attribute of a database span",
        "attribute of a span that calls another service",
    ];
    documented(Kind::Client, &of_calls);
    documented(
        Kind::Producer,
        &["attribute of a PRODUCER or CONSUMER span"],
    );
    for kind in [Kind::Client, Kind::Producer] {
        assert!(!attributes(kind).is_empty(), "no {kind:?} span");
    }
    for name in spans[0].resource.keys() {
        assert!(
            document::telemetry().contains(&format!("`{name}`")),
            "{name} of the resource is not in docs/telemetry.md"
        );
    }
    drop(api);
}

#[test]
fn the_words_of_closed_sets_are_documented() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&spans, &profiles);

    let exposed = api.metrics();
    for (family, label) in [
        ("http_server_refused_requests_total", "reason"),
        ("telemetry_log_lines_dropped_total", "reason"),
        ("telemetry_profile_samples_dropped_total", "reason"),
        ("telemetry_profile_threads", "state"),
        ("fault_active", "fault"),
        ("circuit_breaker_state_changes_total", "from_state"),
        ("circuit_breaker_state_changes_total", "to_state"),
        ("db_client_connection_count", "db_client_connection_state"),
    ] {
        let samples = exposed.samples(family);
        assert!(!samples.is_empty(), "{family} has no series");
        for word in samples.into_iter().filter_map(|sample| sample.label(label)) {
            let row = document::telemetry().lines().find(|line| {
                line.starts_with(&format!("| `{}`", family.trim_end_matches("_total")))
            });
            assert!(
                row.is_some_and(|row| row.contains(&format!("`{word}`"))),
                "{family}{{{label}={word:?}}}"
            );
        }
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let declared = api::settings::DECLARED.iter().copied().flatten();
    let declared: Vec<_> = declared
        .map(|variable| (variable.name, variable.default))
        .collect();

    document::check_settings(declared.iter().copied());
    for name in document::settings() {
        let read_here = declared.iter().any(|(declared, _)| *declared == name);
        assert!(
            read_here || service::settings::OF_ONE_SERVICE.contains(&name),
            "docs/operations.md has {name}, which nobody reads"
        );
    }
}

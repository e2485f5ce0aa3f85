//! docs/telemetry.md says what is sent; nothing else is, and all of it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use testbed::{ProfileSink, Service, Sink};
use wire::openmetrics::{Exposition, Format, parse};
use wire::otlp::Kind;

const DOCUMENT: &str = include_str!("../../../docs/telemetry.md");

/// A row of the table of metrics.
struct Documented {
    kind: String,
    labels: BTreeSet<String>,
    there: String,
}

/// The cells of each row of the table below `heading` whose header begins with `first`.
fn table(first: &str) -> Vec<Vec<String>> {
    let rows = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {first} |")))
        .skip(2);
    let cells = |line: &str| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let rows: Vec<_> = rows
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(
        !rows.is_empty(),
        "docs/telemetry.md has no table that begins with {first}"
    );
    rows
}

/// The words in backticks, but for those in parentheses.
fn names(cell: &str) -> BTreeSet<String> {
    let outside = cell
        .split('(')
        .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    outside
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

fn documented() -> BTreeMap<String, Documented> {
    let rows = table("family").into_iter().map(|row| {
        let name = row[0].split('`').nth(1).unwrap().to_owned();
        let labels = names(&row[3]);
        (
            name,
            Documented {
                kind: row[1].clone(),
                labels,
                there: row[4].clone(),
            },
        )
    });
    rows.collect()
}

fn first_column(first: &str) -> BTreeSet<String> {
    table(first)
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect()
}

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
    let documented = documented();
    for family in &exposed.families {
        let row = documented.get(&family.name);
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/telemetry.md", family.name));
        assert_eq!(
            format!("{:?}", family.kind).to_lowercase(),
            row.kind,
            "type of {}",
            family.name
        );
        if family.name == "target" {
            continue;
        }
        let labels: BTreeSet<String> = family
            .samples
            .iter()
            .flat_map(|sample| sample.labels.keys().cloned())
            .filter(|name| name != "le")
            .collect();
        assert_eq!(labels, row.labels, "labels of {}", family.name);
    }
    for (name, row) in documented.iter().filter(|(_, row)| expected(row)) {
        let family = exposed
            .family(name)
            .unwrap_or_else(|| panic!("{name} ({}) is not exposed", row.there));
        assert!(!family.samples.is_empty(), "{name} has no series");
    }
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&spans, &profiles);

    check(&api.metrics(), |row| row.there != "fulfilment");
}

#[test]
fn what_is_always_there_is_there_before_the_first_request() {
    let peer = [("QUARTET_FULFILMENT_URL", "http://127.0.0.1:8010")];
    let api = Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &peer);

    check(&api.metrics(), |row| {
        ["always", "api"].contains(&row.there.as_str())
    });
}

#[test]
fn the_rules_of_promlint_hold() {
    let (spans, profiles) = (Sink::http(), ProfileSink::start());
    let api = busy_api_with(&spans, &profiles);

    for (media, format) in [
        ("application/openmetrics-text", Format::OpenMetrics),
        ("text/plain", Format::Prometheus),
    ] {
        let exposed = parse(&api.metrics_text(media), format).unwrap();
        // The conventions name it so; promlint reserves the ending for histograms.
        let excepted = ["db_client_connection_count"];
        let findings: Vec<_> = wire::promlint::lint(&exposed)
            .into_iter()
            .filter(|finding| !excepted.contains(&finding.family.as_str()))
            .collect();
        assert!(findings.is_empty(), "{findings:?}");
    }
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

    let documented = first_column("field");
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
        first_column("attribute of a SERVER span")
    );
    let documented = |kind: Kind, tables: &[&str]| {
        let known: BTreeSet<_> = tables
            .iter()
            .flat_map(|first| first_column(first))
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
            DOCUMENT.contains(&format!("`{name}`")),
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
            let row = DOCUMENT.lines().find(|line| {
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
    let document = include_str!("../../../docs/operations.md");
    let rows: Vec<Vec<&str>> = document
        .lines()
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();

    let mut declared = BTreeSet::new();
    for variable in api::settings::DECLARED.iter().copied().flatten() {
        declared.insert(variable.name);
        let row = rows
            .iter()
            .find(|row| row.get(1) == Some(&format!("`{}`", variable.name).as_str()));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/operations.md", variable.name));
        let default = row[2].trim_matches('`');
        // What differs from service to service has no default of its own.
        assert!(
            variable.default.is_empty() || variable.default == default,
            "default of {}: {default}",
            variable.name
        );
    }
    let is_variable = |name: &&str| {
        ["QUARTET_", "OTEL_", "PYROSCOPE_", "DATABASE_", "RUST_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    for name in rows
        .iter()
        .filter_map(|row| row.get(1))
        .map(|cell| cell.trim_matches('`'))
        .filter(is_variable)
    {
        assert!(
            declared.contains(name) || service::settings::OF_ONE_SERVICE.contains(&name),
            "docs/operations.md has {name}, which nobody reads"
        );
    }
}

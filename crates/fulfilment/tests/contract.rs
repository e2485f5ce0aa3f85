//! docs/telemetry.md and docs/operations.md say what this service sends and reads; nothing else is, and all of it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use testbed::{ProfileSink, Service, Sink};
use wire::openmetrics::{Exposition, Format, parse};

const TELEMETRY: &str = include_str!("../../../docs/telemetry.md");
const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The cells of each row of the table whose header begins with `first`.
fn table(document: &'static str, first: &str) -> Vec<Vec<&'static str>> {
    let head = format!("| {first} |");
    let rows = document.lines().skip_while(|line| !line.starts_with(&head));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table begins with {first}");
    rows
}

/// The words in backticks, but for those in parentheses.
fn names(cell: &str) -> BTreeSet<&str> {
    let outside = cell
        .split('(')
        .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    outside
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// A row of the table of metrics.
struct Documented {
    kind: &'static str,
    labels: BTreeSet<&'static str>,
    words: &'static str,
    there: &'static str,
}

fn documented() -> BTreeMap<&'static str, Documented> {
    let rows = table(TELEMETRY, "family").into_iter().map(|row| {
        let documented = Documented {
            kind: row[1],
            labels: names(row[3]),
            words: row[3],
            there: row[4],
        };
        (row[0].split('`').nth(1).unwrap(), documented)
    });
    rows.collect()
}

fn start(variables: &[(&str, &str)]) -> Service {
    Service::start(Path::new(env!("CARGO_BIN_EXE_fulfilment")), variables)
}

fn check(exposed: &Exposition, expected: impl Fn(&str) -> bool) {
    let documented = documented();
    for family in &exposed.families {
        let row = documented.get(family.name.as_str());
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/telemetry.md", family.name));
        let kind = format!("{:?}", family.kind).to_lowercase();
        assert_eq!(kind, row.kind, "type of {}", family.name);
        if family.name == "target" {
            continue;
        }
        for (label, word) in family.samples.iter().flat_map(|sample| &sample.labels) {
            let known = label == "le" || row.labels.contains(label.as_str());
            assert!(known, "{label} of {}", family.name);
            if ["state", "outcome", "fault", "reason"].contains(&label.as_str()) {
                let quoted = format!("`{word}`");
                assert!(
                    row.words.contains(&quoted),
                    "{label}={word} of {}",
                    family.name
                );
            }
        }
    }
    for (name, row) in documented.iter().filter(|(_, row)| expected(row.there)) {
        let family = exposed.family(name);
        let family = family.unwrap_or_else(|| panic!("{name} ({}) is not exposed", row.there));
        assert!(!family.samples.is_empty(), "{name} has no series");
    }
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
        there != "api" && there != "client"
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
    let fulfilment = start(&[]);

    for (media, format) in [
        ("application/openmetrics-text", Format::OpenMetrics),
        ("text/plain", Format::Prometheus),
    ] {
        let exposed = parse(&fulfilment.metrics_text(media), format).unwrap();
        // The conventions name it so; promlint reserves the ending for histograms.
        let excepted = ["db_client_connection_count"];
        let findings = wire::promlint::lint(&exposed);
        let findings: Vec<_> = findings
            .into_iter()
            .filter(|finding| !excepted.contains(&finding.family.as_str()))
            .collect();
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let rows = table(OPERATIONS, "variable");
    for variable in fulfilment::settings::DECLARED.iter().copied().flatten() {
        let name = format!("`{}`", variable.name);
        let row = rows.iter().find(|row| row[0] == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/operations.md"));
        let default = row[1].trim_matches('`');
        // What differs from service to service has no default of its own.
        assert!(
            variable.default.is_empty() || variable.default == default,
            "default of {name}: {default}"
        );
    }
}

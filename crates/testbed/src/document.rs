//! The tables of docs/telemetry.md and docs/operations.md, which tests hold against what a service shows.

use std::collections::{BTreeMap, BTreeSet};

use wire::openmetrics::{Exposition, Family, Format};

use crate::Service;

const TELEMETRY: &str = include_str!("../../../docs/telemetry.md");
const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The text of docs/telemetry.md.
pub fn telemetry() -> &'static str {
    TELEMETRY
}

/// A row of the table of metrics.
pub struct Documented {
    /// The type, as OpenMetrics spells it.
    pub kind: &'static str,
    /// The names of all labels.
    pub labels: BTreeSet<&'static str>,
    /// What the cell of the labels says, words of closed sets among it.
    pub words: &'static str,
    /// Where the family is found: `always`, in one service, or once something has happened.
    pub there: &'static str,
}

/// The first column of the table of docs/telemetry.md whose header begins with `first`.
#[track_caller]
pub fn names_of(first: &str) -> BTreeSet<String> {
    let rows = table(TELEMETRY, first).into_iter();
    rows.map(|row| row[0].trim_matches('`').to_owned())
        .collect()
}

/// Holds every family that is shown to its row, by its type and by `more`; one that is `expected` has a series.
#[track_caller]
pub fn check_metrics(
    exposed: &Exposition,
    expected: impl Fn(&Documented) -> bool,
    more: impl Fn(&Family, &Documented),
) {
    let documented = metrics();
    for family in &exposed.families {
        let row = documented.get(family.name.as_str());
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/telemetry.md", family.name));
        let kind = format!("{:?}", family.kind).to_lowercase();
        assert_eq!(kind, row.kind, "type of {}", family.name);
        if family.name != "target" {
            more(family, row);
        }
    }
    for (name, row) in documented.iter().filter(|(_, row)| expected(row)) {
        let family = exposed.family(name);
        let family = family.unwrap_or_else(|| panic!("{name} ({}) is not exposed", row.there));
        assert!(!family.samples.is_empty(), "{name} has no series");
    }
}

/// What promlint finds in `/metrics` of a service, in both formats, is nothing.
#[track_caller]
pub fn check_promlint(service: &Service) {
    for (media, format) in [
        ("application/openmetrics-text", Format::OpenMetrics),
        ("text/plain", Format::Prometheus),
    ] {
        let exposed = wire::openmetrics::parse(&service.metrics_text(media), format).unwrap();
        // The conventions name it so; promlint reserves the ending for histograms.
        let excepted = ["db_client_connection_count"];
        let findings = wire::promlint::lint(&exposed).into_iter();
        let findings: Vec<_> = findings
            .filter(|finding| !excepted.contains(&finding.family.as_str()))
            .collect();
        assert!(findings.is_empty(), "{findings:?}");
    }
}

/// Each setting, of which the name and the default are given, has a row of docs/operations.md that says so.
#[track_caller]
pub fn check_settings(declared: impl IntoIterator<Item = (&'static str, &'static str)>) {
    let rows = table(OPERATIONS, "variable");
    for (name, default) in declared {
        let row = rows.iter().find(|row| row[0].trim_matches('`') == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/operations.md"));
        // What differs from service to service has no default of its own.
        assert!(
            default.is_empty() || row[1].trim_matches('`') == default,
            "default of {name}: {}",
            row[1]
        );
    }
}

/// The variables that docs/operations.md names.
pub fn settings() -> BTreeSet<&'static str> {
    let rows = table(OPERATIONS, "variable").into_iter();
    rows.map(|row| row[0].trim_matches('`')).collect()
}

fn metrics() -> BTreeMap<&'static str, Documented> {
    let rows = table(TELEMETRY, "family").into_iter().map(|row| {
        let documented = Documented {
            kind: row[1],
            labels: in_backticks(row[3]),
            words: row[3],
            there: row[4],
        };
        (row[0].split('`').nth(1).unwrap(), documented)
    });
    rows.collect()
}

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
fn in_backticks(cell: &str) -> BTreeSet<&str> {
    let outside = cell
        .split('(')
        .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    outside
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

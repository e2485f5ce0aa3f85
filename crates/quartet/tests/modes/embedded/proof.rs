//! `verify` and `doctor` through the console, with the real services.

use super::real::Shop;

/// Longer than the slowest link takes on a machine that does much else.
const PATIENCE: &str = "180";

/// Each link that is followed, as against the real backends.
const FOLLOWED: [&str; 11] = [
    "log → trace",
    "trace → logs",
    "trace → profile",
    "profile → trace",
    "trace → metrics: rate, errors, p99",
    "trace → metrics: of a failure",
    "metric → trace: exemplar",
    "metric → trace: data link",
    "service map: user → api → fulfilment, both → database",
    "service map → traces",
    "service map → metrics",
];

/// Each that is not, and why.
const NOT_HERE: [(&str, &str); 12] = [
    (
        "alert → dashboard",
        "nothing evaluates alerts in embedded mode, and dashboards are Grafana's",
    ),
    ("alert → traces", NOBODY_EVALUATES),
    ("alert → runbook", "there are no runbooks yet"),
    ("service map: api → Redis", "there is no Redis yet"),
    ("audit row ↔ trace, log", "there is no audit log yet"),
    ("panels", "dashboards are Grafana's"),
    ("alert ServiceDown fires", NOBODY_EVALUATES),
    ("alert ServiceDown resolves", NOBODY_EVALUATES),
    ("alert HighErrorRate fires", NOBODY_EVALUATES),
    ("alert HighErrorRate resolves", NOBODY_EVALUATES),
    ("alert HighLatency fires", NOBODY_EVALUATES),
    ("alert HighLatency resolves", NOBODY_EVALUATES),
];
const NOBODY_EVALUATES: &str = "nothing evaluates alerts in embedded mode";

/// The rows of a table with this result: their names and what is said of them.
fn rows<'a>(table: &'a str, result: &str) -> Vec<(&'a str, &'a str)> {
    let rows = table.lines().map(|line| {
        let cells = line.split("  ").map(str::trim);
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    });
    rows.filter(|cells| cells.get(1) == Some(&result))
        .filter_map(|cells| Some((*cells.first()?, *cells.last()?)))
        .collect()
}

#[test]
fn every_link_holds_through_the_console_and_nothing_is_lost() {
    let shop = Shop::open();

    let all = ["--links", "--panels", "--alerts", "--patience", PATIENCE];
    let verify = shop.place.quartet(&[&["verify"], &all[..]].concat());

    assert_eq!(verify.code, 0, "{}", verify.text);
    let held: Vec<_> = rows(&verify.text, "ok")
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(held, FOLLOWED, "{}", verify.text);
    assert_eq!(rows(&verify.text, "n/a"), NOT_HERE, "{}", verify.text);

    let doctor = shop.place.quartet(&["doctor", "--patience", PATIENCE]);

    assert_eq!(doctor.code, 0, "{}", doctor.text);
    assert!(doctor.text.contains("Nothing was lost."), "{}", doctor.text);
    let services = ["api", "fulfilment"].map(|service| {
        let lines = doctor.text.lines();
        lines
            .filter(|line| line.starts_with(service) && line.ends_with("  fine"))
            .count()
    });
    assert_eq!(services, [4, 4], "{}", doctor.text);
}

#[test]
fn a_console_that_is_gone_is_named() {
    let shop = Shop::open();
    crate::place::kill(shop.place.pid("console"));

    let doctor = shop.place.quartet(&["doctor", "--patience", "1"]);
    let verify = shop.place.quartet(&["verify", "--patience", "1"]);

    assert_eq!(doctor.code, 1, "{}", doctor.text);
    assert!(doctor.text.contains("LOST at console"), "{}", doctor.text);
    assert_eq!(verify.code, 1, "{}", verify.text);
    assert!(verify.text.contains("does not answer"), "{}", verify.text);
}

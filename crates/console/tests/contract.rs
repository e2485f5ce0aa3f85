//! docs/telemetry.md and docs/operations.md say what the console tells of itself and reads.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use console::settings::DECLARED;
use testbed::document;
use testbed::{Process, Program, eventually, http};
use wire::openmetrics::{Exposition, Format, parse};

fn start() -> Process {
    let declared = DECLARED.iter().copied().flatten();
    let addresses = declared.filter(|variable| {
        variable.name.starts_with("QUARTET_") && variable.name.ends_with("_ADDRESS")
    });
    let program = addresses.fold(
        Program::new(Path::new(env!("CARGO_BIN_EXE_console"))),
        |program, variable| program.env(variable.name, "127.0.0.1:0"),
    );
    program
        .env("QUARTET_CONSOLE_SCRAPE", "gone=127.0.0.1:1")
        .spawn()
}

fn metrics(console: &Process) -> Exposition {
    let openmetrics = [("Accept", "application/openmetrics-text")];
    let answer = http::send(
        console.address("operations"),
        "GET",
        "/metrics",
        &openmetrics,
        b"",
    );
    parse(answer.unwrap().text(), Format::OpenMetrics).unwrap()
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let console = start();
    eventually("the fetch that fails is counted", || {
        metrics(&console)
            .family("console_refused")
            .is_some_and(|of| !of.samples.is_empty())
    });
    http::get(console.address("public"), "/").unwrap();
    http::get(console.address("public"), "/").unwrap();

    document::check_metrics(
        &metrics(&console),
        |row| row.there == "console",
        |family, row| {
            for (label, word) in family.samples.iter().flat_map(|sample| &sample.labels) {
                assert!(
                    label == "le" || row.labels.contains(label.as_str()),
                    "{label}"
                );
                if label == "signal" || label == "reason" {
                    let listed = document::telemetry().contains(&format!("`{word}`"));
                    assert!(listed, "{label}={word} of {}", family.name);
                }
            }
        },
    );
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let declared = DECLARED.iter().copied().flatten();
    document::check_settings(declared.map(|variable| (variable.name, variable.default)));
}

//! What the environment may say, and that a wrong word stops the start.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use fulfilment::settings::{DECLARED, VARIABLES};
use service::settings::{OF_DATABASES, OF_ONE_SERVICE};
use testbed::{Process, Program, Service};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_fulfilment"))
}

/// Starts on free ports.
fn spawn(variables: &[(&str, &str)]) -> Process {
    let program = Program::new(program())
        .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:0")
        .env("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0");
    program.envs(variables).spawn()
}

/// The one line that says why there is no service.
#[track_caller]
fn refusal(variables: &[(&str, &str)]) -> String {
    let process = spawn(variables);
    let exit = process.wait(Duration::from_secs(5));
    assert_eq!(exit.code(), Some(1), "{:?}", process.lines());
    assert!(process.lines().is_empty(), "{:?}", process.lines());
    let lines = process.stderr_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.into_iter().next().unwrap()
}

#[test]
fn each_wrong_value_stops_the_start_with_one_line_that_names_it() {
    for variable in VARIABLES {
        let line = refusal(&[(variable.name, variable.refused)]);

        let named = format!("{}={:?}", variable.name, variable.refused);
        assert!(line.contains(&named), "{line}");
        assert!(line.contains(variable.allowed), "{line}");
    }
    assert!(refusal(&[("QUARTET_JOB_WORKER", "2")]).contains("QUARTET_JOB_WORKER="));
}

#[test]
fn the_bounds_of_numbers_are_what_they_say() {
    let bounds = [
        ("QUARTET_JOB_WORKERS", 0, 256),
        ("QUARTET_LEASE_MS", 100, 3_600_000),
        ("QUARTET_JOB_ATTEMPTS", 1, 100),
        ("QUARTET_JOB_BACKOFF_MS", 1, 300_000),
        ("QUARTET_JOB_RETENTION_HOURS", 1, 87_600),
        ("QUARTET_SHIPPING_MS", 0, 600_000),
    ];

    for (name, _, most) in bounds {
        refusal(&[(name, &format!("{}", most + 1))]);
    }
    for pick in [|(_, least, _)| least, |(_, _, most)| most] as [fn((&str, u32, u32)) -> u32; 2] {
        let values = bounds.map(|bound| (bound.0, pick(bound).to_string()));
        let variables: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Service::start(program(), &variables);
    }
}

#[test]
fn a_neighbours_variables_are_no_mistake_and_ours_are_none_to_it() {
    let own: BTreeSet<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    for name in &own {
        assert!(
            OF_ONE_SERVICE.contains(name),
            "{name} is not in OF_ONE_SERVICE"
        );
    }

    let databases = storage::VARIABLES.iter().map(|variable| variable.name);
    let databases: BTreeSet<_> = databases
        .filter(|name| name.starts_with("QUARTET_"))
        .collect();
    assert_eq!(databases, OF_DATABASES.iter().copied().collect());

    let foreign = OF_ONE_SERVICE.iter().filter(|name| !own.contains(*name));
    let foreign: Vec<_> = foreign.map(|name| (*name, "whatever")).collect();
    assert!(!foreign.is_empty());
    Service::start(program(), &foreign);
}

#[test]
fn every_variable_is_declared_once_and_the_defaults_are_taken_when_they_are_spelt_out() {
    let declared = || DECLARED.iter().copied().flatten();
    let names: BTreeSet<_> = declared().map(|variable| variable.name).collect();
    assert_eq!(names.len(), declared().count());

    let addresses = ["QUARTET_HTTP_ADDRESS", "QUARTET_OPERATIONS_ADDRESS"];
    let defaults: Vec<_> = declared()
        .filter(|variable| !addresses.contains(&variable.name))
        .map(|variable| (variable.name, variable.default))
        .collect();
    let fulfilment = Service::start(program(), &defaults);

    assert_eq!(fulfilment.get("/health").status, 200);
    let faults = testbed::http::get(fulfilment.operations, "/faults").unwrap();
    assert_eq!(faults.status, 404);
}

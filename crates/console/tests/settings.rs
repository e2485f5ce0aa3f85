//! What the environment may say, and that a wrong word stops the start.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use console::settings::{DECLARED, VARIABLES};
use service::settings::{OF_DATABASES, OF_ONE_SERVICE};
use testbed::{Process, Program, http};

/// Variables that say where it listens.
fn is_address(name: &str) -> bool {
    name.ends_with("_ADDRESS") && name.starts_with("QUARTET_")
}

/// Starts on free ports, but for what the variables say.
fn spawn(variables: &[(&str, &str)]) -> Process {
    let declared = DECLARED.iter().copied().flatten();
    let addresses = declared.filter(|variable| is_address(variable.name));
    let program = addresses.fold(
        Program::new(Path::new(env!("CARGO_BIN_EXE_console"))),
        |program, variable| program.env(variable.name, "127.0.0.1:0"),
    );
    program.envs(variables).spawn()
}

/// The one line that says why there is no console.
#[track_caller]
fn refusal(variables: &[(&str, &str)]) -> String {
    let process = spawn(variables);
    let exit = process.wait(Duration::from_secs(5));
    assert_eq!(exit.code(), Some(1), "{:?}", process.lines());
    let lines = process.stderr_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.into_iter().next().unwrap()
}

#[test]
fn each_wrong_value_stops_the_start_with_one_line_that_names_it() {
    for variable in VARIABLES
        .iter()
        .filter(|variable| !variable.refused.is_empty())
    {
        let line = refusal(&[(variable.name, variable.refused)]);

        let named = format!("{}={:?}", variable.name, variable.refused);
        assert!(line.contains(&named), "{line}");
        assert!(line.contains(variable.allowed), "{line}");
    }
    assert!(refusal(&[("QUARTET_CONSOLE_SCRAP", "none")]).contains("QUARTET_CONSOLE_SCRAP="));
}

#[test]
fn a_taken_address_is_named_by_its_variable() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    for variable in VARIABLES
        .iter()
        .filter(|variable| is_address(variable.name))
    {
        let line = refusal(&[(variable.name, &address)]);
        assert!(
            line.contains(&format!("{}={address}", variable.name)),
            "{line}"
        );
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

    let foreign = OF_ONE_SERVICE.iter().filter(|name| !own.contains(*name));
    let foreign = foreign.chain(OF_DATABASES);
    let foreign: Vec<_> = foreign.map(|name| (*name, "whatever")).collect();
    let console = spawn(&foreign);
    assert_eq!(
        http::get(console.address("public"), "/health")
            .unwrap()
            .status,
        200
    );
}

#[test]
fn every_variable_is_declared_once_and_the_defaults_are_taken_when_they_are_spelt_out() {
    let declared = || DECLARED.iter().copied().flatten();
    let names: BTreeSet<_> = declared().map(|variable| variable.name).collect();
    assert_eq!(names.len(), declared().count());

    let defaults: Vec<_> = declared()
        .filter(|variable| !is_address(variable.name))
        .map(|variable| (variable.name, variable.default))
        .collect();
    let console = spawn(&defaults);

    assert_eq!(
        http::get(console.address("public"), "/health")
            .unwrap()
            .status,
        200
    );
}

//! What the environment may say, and that a wrong word stops the start.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use api::settings::DECLARED;
use telemetry::settings::Variable;
use testbed::{Exit, Process, Program, Service};

/// A start that is refused takes no longer.
const REFUSAL: Duration = Duration::from_secs(5);

fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

fn declared() -> impl Iterator<Item = &'static Variable> {
    DECLARED.iter().copied().flatten()
}

/// Starts on free ports.
fn spawn(variables: &[(&str, &str)]) -> Process {
    let program = Program::new(api())
        .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:0")
        .env("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0");
    program.envs(variables).spawn()
}

/// Holds an end to failure with one line on stderr, which it returns, and nothing served.
#[track_caller]
fn refusal(process: &Process) -> String {
    let exit: Exit = process.wait(REFUSAL);
    assert_eq!(exit.code(), Some(1), "{:?}", process.lines());
    let lines = process.stderr_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let served = process.logged().into_iter().any(|line| {
        line.get("msg") == Some("listening") && line.get("server.role") == Some("public")
    });
    assert!(!served, "{:?}", process.lines());
    lines.into_iter().next().unwrap()
}

#[test]
fn each_wrong_value_stops_the_start_with_one_line_that_names_it() {
    for variable in declared().filter(|variable| !variable.refused.is_empty()) {
        let process = spawn(&[(variable.name, variable.refused)]);

        let line = refusal(&process);

        let named = format!("{}={:?}", variable.name, variable.refused);
        assert!(line.contains(&named), "{line}");
        assert!(line.contains(variable.allowed), "{line}");
        assert!(process.lines().is_empty(), "{:?}", process.lines());
        assert_eq!(process.directory().read_dir().unwrap().count(), 0);
    }
}

#[test]
fn every_variable_is_declared_once_and_says_what_it_refuses() {
    let names: BTreeSet<_> = declared().map(|variable| variable.name).collect();

    assert_eq!(names.len(), declared().count());
    assert!(30 <= names.len(), "{names:?}");
    for variable in declared() {
        assert!(!variable.allowed.is_empty(), "{}", variable.name);
        assert!(!variable.refused.is_empty(), "{}", variable.name);
    }
}

#[test]
fn no_other_service_takes_our_variables_for_a_mistake() {
    for variable in api::settings::VARIABLES {
        assert!(
            service::settings::OF_ONE_SERVICE.contains(&variable.name),
            "{}",
            variable.name
        );
    }
}

#[test]
fn the_defaults_are_taken_when_they_are_spelt_out() {
    let addresses = ["QUARTET_HTTP_ADDRESS", "QUARTET_OPERATIONS_ADDRESS"];
    let defaults: Vec<_> = declared()
        .filter(|variable| !addresses.contains(&variable.name))
        .map(|variable| (variable.name, variable.default))
        .collect();
    assert!(defaults.contains(&("QUARTET_MAX_CONNECTIONS", "1000")));

    let api = Service::start(api(), &defaults);

    assert_eq!(api.get("/api/items").status, 200);
    assert_eq!(api.get("/api/slow").status, 404);
    assert!(api.process.directory().join("data/quartet.db").exists());
    assert!(api.process.stderr_lines().is_empty());
}

#[test]
fn a_value_that_is_empty_or_surrounded_by_blanks_counts_as_if_it_were_not() {
    let empty: Vec<_> = declared()
        .filter(|variable| !variable.name.ends_with("_ADDRESS"))
        .map(|variable| (variable.name, ""))
        .collect();

    let service = Service::start(api(), &empty);
    let padded = Service::start(api(), &[("QUARTET_WORKERS", " 2 ")]);

    assert_eq!(service.get("/api/items").status, 200);
    assert_eq!(padded.get("/api/items").status, 200);
}

#[test]
fn a_variable_that_nobody_declares_stops_the_start() {
    for (name, value) in [
        ("QUARTET_MAX_CONECTIONS", "10"),
        ("QUARTET_", ""),
        ("QUARTET_DEMO ", "on"),
        ("QUARTET_SURPRISE", "one\ntwo"),
    ] {
        let line = refusal(&spawn(&[(name, value)]));

        assert!(line.contains(&format!("{name}={value:?}")), "{line}");
    }
}

#[test]
fn a_line_stays_one_line_whatever_the_value_is() {
    let long = "9".repeat(100_000);

    for value in ["1\n2", "\u{1b}[31mred", &long] {
        let line = refusal(&spawn(&[("QUARTET_WORKERS", value)]));

        assert!(line.contains("QUARTET_WORKERS="), "{line}");
        assert!(line.len() < 400 && !line.contains('\u{1b}'), "{line:?}");
    }
}

#[test]
fn demo_latency_needs_demo_mode() {
    let latency = ("QUARTET_DEMO_LATENCY", "on");

    let line = refusal(&spawn(&[("QUARTET_DEMO", "off"), latency]));
    let demo = Service::start(api(), &[("QUARTET_DEMO", "on"), latency]);

    assert!(line.contains("QUARTET_DEMO_LATENCY=\"on\""), "{line}");
    assert_eq!(demo.get("/api/items").status, 200);
}

#[test]
fn what_opentelemetry_knows_and_we_do_not_is_a_warning() {
    let unknown = [
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "60000"),
    ];

    let service = Service::start(api(), &unknown);

    assert_eq!(service.get("/api/items").status, 200);
    for (name, _) in unknown {
        let warnings =
            service.process.logged().into_iter().filter(|line| {
                line.get("level") == Some("warn") && line.get("variable") == Some(name)
            });
        assert_eq!(warnings.count(), 1, "{name}: {:?}", service.process.lines());
    }
}

#[test]
fn a_port_in_use_is_named_with_its_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    for name in ["QUARTET_HTTP_ADDRESS", "QUARTET_OPERATIONS_ADDRESS"] {
        let line = refusal(&spawn(&[(name, &address)]));

        assert!(line.contains(&format!("{name}={address}")), "{line}");
        assert!(line.contains("in use"), "{line}");
    }
}

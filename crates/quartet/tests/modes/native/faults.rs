//! What happens on a bad day.

use std::fs;
use std::net::TcpListener;

use super::Stack;
use crate::place::assert_says;

#[test]
fn a_backend_that_dies_shows_its_last_lines_and_takes_all_along() {
    let stack = Stack::with("tempo", "dies");

    let answer = stack.quartet(&["up", "native"]);

    assert_eq!(answer.code, 1);
    assert_says(
        &answer.text,
        &[
            "no such table: items",
            "on its way out",
            "tempo ended while starting: exit status: 7",
        ],
    );
    assert!(stack.place.living().is_empty());
}

#[test]
fn a_backend_that_never_gets_ready_is_named_with_its_own_words() {
    let stack = Stack::with("loki", "lingers");

    let answer = stack.quartet(&["up", "native", "--patience", "1"]);

    assert_eq!(answer.code, 1);
    let reason = "loki was not ready within 1 s; it says: 503 the ring is empty";
    assert!(answer.text.contains(reason), "{}", answer.text);
    assert!(stack.place.living().is_empty());
}

#[test]
fn a_backend_that_does_not_end_is_killed_after_its_grace() {
    let stack = Stack::with("vmalert", "is deaf");
    stack.succeed(&["up", "native"]);

    let said = stack.succeed(&["down"]);

    let ends: Vec<_> = said
        .lines()
        .filter(|line| line.contains("vmalert"))
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert_eq!(ends.first(), Some(&"stopping"), "{said}");
    assert_eq!(ends.last(), Some(&"killed"), "{said}");
    assert_eq!(said.matches("killed").count(), 1, "{said}");
    assert!(stack.place.living().is_empty());
}

#[test]
fn a_backend_that_is_not_built_is_named() {
    let stack = Stack::new();
    fs::remove_file(stack.place.path("programs/pyroscope")).unwrap();

    let answer = stack.quartet(&["up", "native"]);

    assert_eq!(answer.code, 1);
    let hint = "pyroscope is not built: just native-build";
    assert!(answer.text.contains(hint), "{}", answer.text);
    assert!(stack.place.living().is_empty());
}

#[test]
fn a_port_of_a_backend_in_use_names_holder_and_variable() {
    let stack = Stack::new();
    let port = stack.port("PYROSCOPE_RAFT_PORT");
    let _held = TcpListener::bind(("127.0.0.1", port)).unwrap();

    let answer = stack.quartet(&["up", "native"]);

    assert_eq!(answer.code, 1);
    let holder = format!("in use by pid {} (", std::process::id());
    assert_says(
        &answer.text,
        &[
            "pyroscope cannot listen",
            &holder,
            "set PYROSCOPE_RAFT_PORT",
        ],
    );
    assert!(stack.place.living().is_empty());
}

#[test]
fn a_variable_that_nobody_sets_is_named_with_its_file() {
    let stack = Stack::new();
    let file = stack
        .place
        .path("project/observability/alertmanager/alertmanager.yaml");
    fs::write(&file, "group_wait: \"%{ALERT_PATIENCE}\"\n").unwrap();

    let answer = stack.quartet(&["up", "native"]);

    assert_eq!(answer.code, 1);
    assert_says(
        &answer.text,
        &["alertmanager.yaml", "no variable is called ALERT_PATIENCE"],
    );
    assert!(stack.place.living().is_empty());
}

#[test]
fn footprint_of_what_does_not_run_is_refused() {
    let stack = Stack::new();

    let answer = stack.quartet(&["footprint"]);

    assert_eq!(answer.code, 1);
    assert!(answer.text.contains("nothing runs"), "{}", answer.text);
}

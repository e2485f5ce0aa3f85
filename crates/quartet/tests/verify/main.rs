//! `quartet verify` and `quartet doctor` where nothing runs: they name who does not answer, and exit with 1.
//!
//! What they find where everything runs, and where it is broken in every way we know, is `just e2e` and `just test-native`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

/// A port that nothing can listen on.
const NOBODY: &str = "127.0.0.1:1";

struct Answer {
    code: Option<i32>,
    text: String,
}

fn quartet(arguments: &[&str]) -> Answer {
    let root = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quartet"));
    for name in [
        "QUARTET_API_HTTP_ADDRESS",
        "QUARTET_API_OPERATIONS_ADDRESS",
        "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
    ] {
        command.env(name, NOBODY);
    }
    for name in [
        "VICTORIAMETRICS_URL",
        "LOKI_URL",
        "TEMPO_URL",
        "PYROSCOPE_URL",
        "ALLOY_URL",
    ] {
        command.env(name, format!("http://{NOBODY}"));
    }
    let output = command
        .args(arguments)
        .arg("--root")
        .arg(root.path())
        .arg("--project")
        .arg(project)
        .output()
        .unwrap();
    Answer {
        code: output.status.code(),
        text: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
    }
}

#[test]
fn verify_names_the_service_that_does_not_answer() {
    let answer = quartet(&["verify"]);

    assert_eq!(answer.code, Some(1), "{}", answer.text);
    assert!(
        answer
            .text
            .contains("api does not answer on http://127.0.0.1:1"),
        "{}",
        answer.text
    );
}

#[test]
fn doctor_finds_the_first_hop_down() {
    let answer = quartet(&["doctor", "--mode", "native", "--patience", "0"]);

    assert_eq!(answer.code, Some(1), "{}", answer.text);
    for service in ["api", "fulfilment"] {
        assert!(
            answer.text.contains(&format!(
                "LOST at {service}: http://127.0.0.1:1/metrics does not answer"
            )),
            "{}",
            answer.text
        );
    }
    assert!(
        answer.text.contains("8 of 8 are lost on the way"),
        "{}",
        answer.text
    );
}

#[test]
fn doctor_needs_something_that_was_started() {
    let answer = quartet(&["doctor"]);

    assert_eq!(answer.code, Some(1));
    assert!(
        answer.text.contains("nothing was started here"),
        "{}",
        answer.text
    );
}

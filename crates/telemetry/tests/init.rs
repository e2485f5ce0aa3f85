//! What a process has only once.

use std::time::Duration;

use telemetry::{InitError, Settings, init};

#[test]
fn a_second_init_is_an_error_and_the_first_goes_on() {
    let first = init(Settings::for_tests("first")).unwrap();

    let second = init(Settings::for_tests("second")).unwrap_err();

    assert!(matches!(second, InitError::Twice), "{second}");
    tracing::info!("the first goes on");
    first.shutdown(Duration::from_secs(3));
    let shown = first.metrics().expose("text/plain").unwrap().body;
    assert!(
        shown.contains("telemetry_log_lines_written_total 1\n"),
        "{shown}"
    );
}

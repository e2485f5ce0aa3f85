//! Postgres is not there when the service starts.

use std::thread;
use std::time::{Duration, Instant};

use testbed::{Postgres, Process, Program};

use crate::shop::{API, database};

fn spawn(url: &str) -> Process {
    Program::new(API.as_ref())
        .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:0")
        .env("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0")
        .env("DATABASE_URL", url)
        .spawn()
}

#[test]
fn a_start_waits_for_it() {
    let postgres = Postgres::start();
    let url = database(&postgres);
    postgres.stop();

    let process = spawn(&url);
    process.wait_for_logged("a warning", |line| line.get("level") == Some("warn"));
    thread::sleep(Duration::from_secs(3));
    postgres.start_again();

    // Served at last.
    process.address("public");
    assert!(process.is_running());
}

#[test]
fn a_start_gives_up_in_ten_seconds_and_says_why_in_one_line() {
    let port = testbed::free_port();
    let began = Instant::now();
    let process = spawn(&format!("postgres://shop:secret@127.0.0.1:{port}/shop"));

    let exit = process.wait(Duration::from_secs(15));

    assert_eq!(exit.code(), Some(1));
    assert!(Duration::from_secs(8) <= began.elapsed(), "{exit:?}");
    let lines = process.stderr_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for line in process.lines().iter().chain(&lines) {
        assert!(!line.contains("secret"), "{line}");
    }
}

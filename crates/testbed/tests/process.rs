//! Processes, with the shell as the program under test.

use std::path::Path;
use std::thread;
use std::time::Duration;

use testbed::{Process, Program, eventually};

fn shell(script: &str) -> Process {
    Program::new(Path::new("/bin/sh"))
        .arg("-c")
        .arg(script)
        .spawn()
}

#[test]
fn the_environment_holds_path_and_what_was_given() {
    let process = Process::spawn(Path::new("/usr/bin/env"), &[("GIVEN", "a b")]);

    assert_eq!(process.wait(testbed::PATIENCE).code(), Some(0));

    let mut names: Vec<_> = process.lines();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(names[0], "GIVEN=a b");
    assert!(names[1].starts_with("PATH="));
}

#[test]
fn the_working_directory_is_new_and_is_deleted_afterwards() {
    let process = shell("pwd; touch file");
    process.wait(testbed::PATIENCE);
    let directory = process.directory().to_owned();

    assert_eq!(process.lines(), [directory.display().to_string()]);
    assert!(directory.join("file").exists());

    drop(process);
    assert!(!directory.exists());
}

#[test]
fn all_that_was_written_is_there_after_the_end() {
    let process = shell("seq 100000; printf unfinished; echo complaint >&2; exit 3");

    let exit = process.wait(testbed::PATIENCE);

    assert_eq!((exit.code(), exit.signal()), (Some(3), None));
    let lines = process.lines();
    assert_eq!(lines.len(), 100_001);
    assert_eq!(lines[99_999..], ["100000", "unfinished"]);
    assert_eq!(process.stderr_lines(), ["complaint"]);
}

#[test]
fn the_addresses_of_its_servers_are_read_from_its_log() {
    let process = shell(
        r#"echo 'not logfmt'
        echo 'level=INFO msg="listening" server.role=operations server.address=127.0.0.1 server.port=9000'
        echo 'level=INFO msg="listening" server.role=public server.address=::1 server.port=8000'
        sleep 60"#,
    );

    assert_eq!(process.address("public").to_string(), "[::1]:8000");
    assert_eq!(process.address("operations").to_string(), "127.0.0.1:9000");
}

#[test]
#[should_panic(expected = "which ended with exit status: 4\n--- its last lines on stdout\nworking")]
fn waiting_for_a_line_of_a_dead_process_fails_at_once() {
    let process = shell("echo working; exit 4");

    process.wait_for_line("a line", |line| line == "never");
}

#[test]
#[should_panic(expected = "awaited a line from /bin/sh, which runs")]
fn waiting_for_a_line_that_does_not_come_ends() {
    let process = Program::new(Path::new("/bin/sh"))
        .arg("-c")
        .arg("sleep 60")
        .patience(Duration::from_millis(100))
        .spawn();

    process.wait_for_line("a line", |line| line == "never");
}

#[test]
#[should_panic(expected = r"a line on stdout is not UTF-8: \xff")]
fn a_line_that_is_not_utf_8_fails_the_test() {
    let process = shell(r"printf '\377\n'");
    process.wait(testbed::PATIENCE);

    process.lines();
}

#[test]
fn a_stalled_stdout_blocks_the_writer_until_it_is_resumed() {
    let process = shell("while :; do echo line; echo x >> file; done");
    let written = || std::fs::read(process.directory().join("file")).map_or(0, |file| file.len());
    process.wait_for_line("the first line", |line| line == "line");

    process.stall_stdout();
    let read = process.lines().len();
    eventually("the pipe to be full", || {
        let before = written();
        thread::sleep(Duration::from_millis(300));
        before == written()
    });
    assert_eq!(process.lines().len(), read);

    process.resume_stdout();
    eventually("more lines", || read + 20_000 < process.lines().len());
}

#[test]
fn a_signal_can_be_handled_or_not() {
    let polite = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    let rude = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
    polite.wait_for_line("the trap", |line| line == "ready");
    rude.wait_for_line("the trap", |line| line == "ready");

    polite.terminate();
    rude.terminate();
    let exit = polite.wait(testbed::PATIENCE);
    assert_eq!(exit.code(), Some(7));
    assert!(exit.elapsed < testbed::PATIENCE);

    assert!(rude.is_running());
    rude.kill();
    assert_eq!(rude.wait(testbed::PATIENCE).signal(), Some(9));
}

#[test]
#[should_panic(expected = "awaited the end of /bin/sh for 50ms, it still runs")]
fn waiting_for_an_end_that_does_not_come_ends() {
    shell("sleep 60").wait(Duration::from_millis(50));
}

#[test]
fn a_dropped_process_is_gone() {
    let process = Process::spawn(Path::new("/bin/cat"), &[]);
    let entry = format!("/proc/{}", process.pid());

    drop(process);

    assert!(!Path::new(&entry).exists());
}

#[test]
fn what_it_uses_is_read_from_the_kernel() {
    let busy = shell("while :; do :; done");

    assert_eq!(busy.threads(), 1);
    eventually("processor time", || {
        Duration::from_millis(50) < busy.cpu_time()
    });
    assert!((100_000..100_000_000).contains(&busy.resident_bytes()));
}

#[test]
fn a_frozen_process_does_nothing_until_it_proceeds() {
    let process = shell("while :; do echo line; done");
    process.wait_for_line("a line", |line| line == "line");

    process.freeze();
    eventually("the end of output", || {
        let before = process.lines().len();
        thread::sleep(Duration::from_millis(100));
        before == process.lines().len()
    });
    let before = process.lines().len();

    process.proceed();
    eventually("more lines", || before < process.lines().len());
}

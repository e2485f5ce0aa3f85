//! What happens on a bad day.

use std::fs;
use std::net::TcpListener;

use testbed::eventually;

use crate::place::{Answer, PROCESSES, Place, assert_says, kill};

const MIB: u64 = 1024 * 1024;

#[test]
fn a_port_in_use_names_who_holds_it() {
    let place = Place::new();
    let _held = TcpListener::bind(("127.0.0.1", place.operations)).unwrap();

    let answer = place.quartet(&["up"]);

    assert_eq!(answer.code, 1);
    let holder = format!("in use by pid {} (", std::process::id());
    assert!(answer.text.contains(&holder), "{}", answer.text);
    assert!(
        answer.text.contains("QUARTET_API_OPERATIONS_ADDRESS"),
        "{}",
        answer.text
    );
    assert!(place.living().is_empty());
}

#[test]
fn a_part_that_dies_at_start_shows_its_last_lines() {
    let place = Place::behaving("dies");

    let answer = place.quartet(&["up"]);

    assert_eq!(answer.code, 1);
    assert_says(
        &answer.text,
        &[
            "no such table: items",
            "on its way out",
            "api ended while starting: exit status: 7",
        ],
    );
    assert!(place.living().is_empty());
}

#[test]
fn a_part_that_never_gets_ready_is_named_and_stopped() {
    let place = Place::behaving("lingers");

    let answer = place.quartet(&["up", "--patience", "1"]);

    assert_eq!(answer.code, 1);
    assert!(
        answer.text.contains("api was not ready within 1 s"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("msg=ready"), "{}", answer.text);
    assert!(place.living().is_empty());
}

#[test]
fn a_part_that_is_not_built_is_named() {
    let place = Place::new();
    fs::remove_file(place.path("programs/api")).unwrap();

    let answer = place.quartet(&["up"]);

    assert_eq!(answer.code, 1);
    assert!(answer.text.contains("api is not built"), "{}", answer.text);
}

#[test]
fn after_a_killed_supervisor_the_service_goes_on_and_up_starts_afresh() {
    let place = Place::new();
    place.succeed(&["up"]);
    let orphan = place.pid("api");

    kill(place.pid("supervisor"));
    let status = place.quartet(&["status"]);
    let said = place.succeed(&["up"]);

    assert_eq!(status.code, 3);
    assert!(status.text.contains("running"), "{}", status.text);
    assert!(
        status.text.contains("supervisor is gone"),
        "{}",
        status.text
    );
    assert!(said.contains("afresh"), "{said}");
    assert_ne!(place.pid("api"), orphan);
    assert_eq!(place.living().len(), PROCESSES);
}

#[test]
fn down_after_a_killed_supervisor_leaves_nothing() {
    let place = Place::new();
    place.succeed(&["up"]);

    kill(place.pid("supervisor"));
    place.succeed(&["down"]);

    assert!(place.living().is_empty());
}

#[test]
fn a_killed_service_shows_in_status_and_up_works_again() {
    let place = Place::new();
    place.succeed(&["up"]);

    kill(place.pid("api"));
    eventually("the supervisor noticed", || {
        place.quartet(&["status"]).text.contains("ended")
    });
    let status = place.quartet(&["status"]);
    place.succeed(&["up"]);

    assert_eq!(status.code, 3);
    assert!(
        status.text.contains("ended (signal: 9 (SIGKILL))"),
        "{}",
        status.text
    );
    assert_eq!(place.quartet(&["status"]).code, 0);
    assert_eq!(place.living().len(), PROCESSES);
}

#[test]
fn a_supervisor_that_is_asked_to_stop_takes_its_parts_along() {
    let place = Place::new();
    place.succeed(&["up"]);

    rustix::process::kill_process(
        rustix::process::Pid::from_raw(place.pid("supervisor").cast_signed()).unwrap(),
        rustix::process::Signal::TERM,
    )
    .unwrap();

    eventually("nothing runs", || place.living().is_empty());
    let status = place.quartet(&["status"]);
    assert!(
        status.text.contains("ended (signal: 15 (SIGTERM))"),
        "{}",
        status.text
    );
}

#[test]
fn a_pid_that_became_somebody_elses_is_left_alone() {
    let place = Place::new();
    place.succeed(&["up"]);
    let record = place.path("run/processes.json");
    let (api, supervisor) = (place.pid("api"), place.pid("supervisor"));
    let text = fs::read_to_string(&record).unwrap();
    kill(supervisor);
    kill(api);

    let pid = |pid: u32| format!("\"pid\": {pid},");
    let own = pid(std::process::id());
    let text = text
        .replace(&pid(api), &own)
        .replace(&pid(supervisor), &own);
    assert_eq!(text.matches(&own).count(), 2);
    fs::write(&record, text).unwrap();
    place.succeed(&["down"]);

    assert!(!record.exists());
}

#[test]
fn a_flood_of_lines_stays_bounded_and_whole() {
    let place = Place::behaving("floods");

    place.succeed(&["up"]);

    let [old, new] = ["run/logs/api.log.1", "run/logs/api.log"].map(|file| place.path(file));
    assert!(fs::metadata(&old).unwrap().len() <= 8 * MIB);
    assert!(fs::metadata(&new).unwrap().len() <= 8 * MIB);
    let lines = place.succeed(&["logs", "api", "-n", "1000000"]);
    let numbers: Vec<u32> = lines
        .lines()
        .filter_map(|line| line.strip_prefix("number="))
        .map(|line| {
            let (number, rest) = line.split_once(' ').unwrap();
            assert_eq!(rest.len(), 100, "{line}");
            number.parse().unwrap()
        })
        .collect();
    assert!(numbers.len() > 70_000, "{}", numbers.len());
    assert!(numbers.is_sorted_by(|one, next| one + 1 == *next));
    assert_eq!(numbers.last(), Some(&199_999));
}

#[test]
fn an_address_that_no_part_could_have_alone_is_refused() {
    let place = Place::new();

    let shared = place
        .command(&["up"])
        .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:8000")
        .output();

    let answer = Answer::of(shared.unwrap());
    assert_eq!(answer.code, 1);
    let hint = "QUARTET_HTTP_ADDRESS=127.0.0.1:8000 cannot be for every part";
    assert!(answer.text.contains(hint), "{}", answer.text);
    assert!(place.living().is_empty());
}

#[test]
fn jobs_need_somebody_who_works_on_them() {
    let answer = Place::new().quartet(&["jobs"]);

    assert_eq!(answer.code, 1);
    let reason = "fulfilment does not answer";
    assert!(answer.text.contains(reason), "{}", answer.text);
}

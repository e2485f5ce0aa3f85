//! What a user does on a good day.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::place::{Answer, PROCESSES, Place, assert_says, install};

#[test]
fn up_waits_until_ready_and_says_where_to_look() {
    let place = Place::new();

    let said = place.succeed(&["up"]);

    for part in ["console", "api", "fulfilment"] {
        let ready = said
            .lines()
            .filter(|line| line.split_whitespace().take(2).eq([part, "ready"]));
        assert_eq!(ready.count(), 1, "{said}");
    }
    assert_says(
        &said,
        &[
            &format!("http://127.0.0.1:{}/docs", place.public),
            &format!("http://127.0.0.1:{}/metrics", place.operations),
            &format!("http://127.0.0.1:{}/metrics", place.fulfilment_operations),
            "just logs api",
            "./load.sh",
            "just down",
        ],
    );
    assert_eq!(place.living().len(), PROCESSES);
}

#[test]
fn a_part_gets_its_environment_and_what_the_user_sets_wins() {
    let place = Place::new();

    let up = place
        .command(&["up", "embedded"])
        .env("QUARTET_DEMO", "off")
        .output();

    assert_eq!(Answer::of(up.unwrap()).code, 0);
    let lines = place.succeed(&["logs", "api"]);
    assert!(
        lines.contains("DATABASE_URL=sqlite://data/quartet.db"),
        "{lines}"
    );
    assert!(lines.contains("QUARTET_DEMO=off"), "{lines}");
    assert!(lines.contains("QUARTET_API_HTTP_ADDRESS=\n"), "{lines}");
    let url = format!(
        "QUARTET_FULFILMENT_URL=http://127.0.0.1:{}\n",
        place.fulfilment
    );
    assert!(lines.contains(&url), "{lines}");
    assert!(lines.contains("QUARTET_ENVIRONMENT=demo"), "{lines}");
}

#[test]
fn a_second_up_leaves_a_healthy_set_alone() {
    let place = Place::new();
    place.succeed(&["up"]);
    let pids = place.living();

    let said = place.succeed(&["up"]);

    assert!(said.contains("up already"), "{said}");
    assert!(said.contains("./load.sh"), "{said}");
    assert_eq!(place.living(), pids);
}

#[test]
fn up_starts_afresh_when_a_part_was_built_anew() {
    let place = Place::new();
    place.succeed(&["up"]);
    let (program, built) = (place.path("programs/api"), place.path("programs/api.new"));
    let earlier = place.pid("api");
    install(&program, &built);
    fs::rename(&built, &program).unwrap();

    let said = place.succeed(&["up"]);

    assert!(said.contains("built anew"), "{said}");
    assert_ne!(place.pid("api"), earlier);
    assert_eq!(place.living().len(), PROCESSES);
}

#[test]
fn two_at_once_do_not_get_into_each_others_way() {
    let place = Place::behaving("lingers");
    let mut first = place
        .command(&["up"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().unwrap().contains("Starting"))
        .unwrap()
        .unwrap();

    let second = place.quartet(&["up"]);

    assert_eq!(second.code, 1);
    assert!(second.text.contains("another `quartet`"), "{}", second.text);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn status_tells_up_from_down() {
    let place = Place::new();

    let before = place.quartet(&["status"]);
    place.succeed(&["up"]);
    let during = place.quartet(&["status"]);
    place.succeed(&["down"]);
    let after = place.quartet(&["status"]);

    assert_eq!([before.code, during.code, after.code], [3, 0, 3]);
    let row = during
        .text
        .lines()
        .find(|line| line.starts_with("api"))
        .unwrap();
    let cells: Vec<_> = row
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    assert_eq!(cells[..2], ["api", "running"], "{row}");
    assert_eq!(
        cells[4..6],
        ["yes", &format!("127.0.0.1:{}", place.public)],
        "{row}"
    );
    assert!(cells[6].ends_with(" MiB"), "{row}");
    assert!(after.text.contains("down"), "{}", after.text);
}

#[test]
fn down_leaves_nothing_and_may_be_repeated() {
    let place = Place::new();
    place.succeed(&["up"]);

    let said = place.succeed(&["down"]);
    let again = place.succeed(&["down"]);

    assert!(said.contains("stopped"), "{said}");
    assert!(again.contains("is down"), "{again}");
    assert!(place.living().is_empty());
    assert!(place.path("data").is_dir() && !place.path("run/processes.json").exists());
}

#[test]
fn clean_deletes_data_and_logs() {
    let place = Place::new();
    place.succeed(&["up"]);
    fs::write(place.path("data/quartet.db"), "rows").unwrap();

    let said = place.succeed(&["clean"]);

    assert!(said.contains("deleting") && said.contains("data"), "{said}");
    assert!(place.living().is_empty());
    assert!(!place.path("data").exists() && !place.path("run").exists());
    assert!(place.path("programs").exists());
    place.succeed(&["clean"]);
}

#[test]
fn logs_show_the_last_lines_and_follow() {
    let place = Place::new();
    place.succeed(&["up"]);

    let two = place.succeed(&["logs", "api", "-n", "2"]);
    let of_all = place.succeed(&["logs", "-n", "1"]);
    let mut follower = place
        .command(&["logs", "api", "-f", "-n", "1000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().unwrap().contains("msg=ready"))
        .unwrap()
        .unwrap();
    place.succeed(&["down"]);
    place.succeed(&["up"]);
    let pid = format!("msg=starting pid={}", place.pid("api"));
    let next_run = lines.find(|line| line.as_ref().unwrap().contains(&pid));

    assert_eq!(two.lines().count(), 2, "{two}");
    let parts: Vec<_> = of_all
        .lines()
        .map(|line| line.split(" | ").next())
        .collect();
    assert_eq!(
        parts,
        [Some("console"), Some("api"), Some("fulfilment")],
        "{of_all}"
    );
    assert!(next_run.is_some());
    follower.kill().unwrap();
    follower.wait().unwrap();
}

#[test]
fn logs_of_no_such_part_name_those_there_are() {
    let answer = Place::new().quartet(&["logs", "nobody"]);

    assert_eq!(answer.code, 1);
    assert!(
        answer
            .text
            .contains("no part is called nobody: there are console, api, fulfilment, supervise"),
        "{}",
        answer.text
    );
}

#[test]
fn another_mode_is_refused_in_words() {
    let answer = Place::new().quartet(&["up", "kubernetes"]);

    assert_eq!(answer.code, 2);
    for word in ["kubernetes", "embedded", "native"] {
        assert!(answer.text.contains(word), "{}", answer.text);
    }
}

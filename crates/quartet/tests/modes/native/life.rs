//! What a user does on a good day.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{PARTS, PROCESSES, Stack};
use crate::place::{self, assert_says};

#[test]
fn up_starts_all_and_says_where_to_look() {
    let stack = Stack::new();

    let said = stack.succeed(&["up", "native"]);

    for part in PARTS {
        let ready = said
            .lines()
            .filter(|line| line.split_whitespace().take(2).eq([part, "ready"]));
        assert_eq!(ready.count(), 1, "{said}");
    }
    assert_says(
        &said,
        &[
            &format!("http://127.0.0.1:{}/docs", stack.place.public),
            &format!(
                "http://127.0.0.1:{}/vmui",
                stack.port("VICTORIAMETRICS_LISTEN")
            ),
            &format!(
                "http://127.0.0.1:{}/api/search",
                stack.port("TEMPO_HTTP_PORT")
            ),
            "./load.sh",
        ],
    );
    assert_eq!(stack.place.living().len(), PROCESSES);
    let status = stack.succeed(&["status"]);
    for part in PARTS {
        assert!(status.contains(&format!("\n{part} ")), "{status}");
    }
}

#[test]
fn each_part_is_told_its_own() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);
    let told = |part: &str| stack.succeed(&["logs", part]);

    let (api, tempo, alloy) = (told("api"), told("tempo"), told("alloy"));

    let (traces, profiles) = ("ALLOY_OTLP_HTTP_PORT", "ALLOY_PROFILES_PORT");
    assert_says(
        &api,
        &[
            &format!(
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{}\n",
                stack.port(traces)
            ),
            &format!(
                "PYROSCOPE_SERVER_ADDRESS=http://127.0.0.1:{}\n",
                stack.port(profiles)
            ),
            "QUARTET_DEMO=on\n",
            "QUARTET_API_OPERATIONS_ADDRESS=\n",
            "SCRAPE_INTERVAL=\n",
        ],
    );
    assert_says(
        &tempo,
        &[
            "TEMPO_DATA=data/tempo\n",
            "GOMEMLIMIT=160MiB\n",
            "GOGC=50\n",
            "SCRAPE_INTERVAL=2s\n",
            "QUARTET_ENVIRONMENT=demo\n",
            "QUARTET_DEMO=\n",
            "project/observability/tempo/tempo.yaml",
        ],
    );
    let scraped = format!(
        "QUARTET_API_OPERATIONS_ADDRESS=127.0.0.1:{}\n",
        stack.place.operations
    );
    assert!(alloy.contains(&scraped), "{alloy}");
}

#[test]
fn alertmanager_gets_a_file_of_its_own() {
    let mut stack = Stack::new();
    stack.place.set("ALERT_GROUP_WAIT", "7s".to_owned());

    stack.succeed(&["up", "native"]);

    let file = stack.place.path("run/alertmanager.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("group_wait: \"7s\""), "{text}");
    assert!(!text.contains("%{ALERT"), "{text}");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let lines = stack.succeed(&["logs", "alertmanager"]);
    assert!(
        lines.contains("--config.file=run/alertmanager.yaml"),
        "{lines}"
    );
}

#[test]
fn a_second_up_leaves_all_alone_until_a_file_changes() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);
    let pids = stack.place.living();

    let again = stack.succeed(&["up", "native"]);
    let unchanged = stack.place.living();
    let rules = stack
        .place
        .path("project/observability/vmalert/rules/services.yaml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text + "# other\n").unwrap();
    let changed = stack.succeed(&["up", "native"]);

    assert!(again.contains("up already"), "{again}");
    assert_eq!(unchanged, pids);
    assert!(
        changed.contains("vmalert was started with other settings"),
        "{changed}"
    );
    assert!(stack.place.living().iter().all(|pid| !pids.contains(pid)));
}

#[test]
fn another_mode_takes_the_place_of_the_first() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);

    let said = stack.succeed(&["up", "embedded"]);

    assert!(said.contains("it runs in native mode"), "{said}");
    assert_eq!(stack.place.living().len(), place::PROCESSES);
    assert!(!stack.succeed(&["status"]).contains("tempo"));
}

#[test]
fn down_stops_senders_before_receivers_and_leaves_nothing() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);

    let said = stack.succeed(&["down"]);

    let stopped: Vec<_> = said
        .lines()
        .filter_map(|line| {
            line.split_whitespace()
                .next()
                .filter(|_| line.contains("stopped"))
        })
        .collect();
    let place = |part: &str| stopped.iter().position(|stopped| *stopped == part).unwrap();
    for (sender, receiver) in [
        ("api", "alloy"),
        ("fulfilment", "alloy"),
        ("alloy", "loki"),
        ("alloy", "tempo"),
        ("alloy", "pyroscope"),
        ("tempo", "victoriametrics"),
        ("vmalert", "alertmanager"),
    ] {
        assert!(place(sender) < place(receiver), "{said}");
    }
    assert!(stack.place.living().is_empty());
    let status = stack.quartet(&["status"]);
    assert_eq!(status.code, 3);
    assert_eq!(
        status.text.matches(" down ").count(),
        PARTS.len(),
        "{}",
        status.text
    );
}

#[test]
fn clean_deletes_data_and_logs_of_all() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);
    fs::create_dir(stack.place.path("data/tempo")).unwrap();
    fs::write(stack.place.path("data/tempo/block"), "spans").unwrap();

    stack.succeed(&["clean"]);

    assert!(stack.place.living().is_empty());
    assert!(!stack.place.path("data").exists() && !stack.place.path("run").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn footprint_has_a_row_for_each_part() {
    let stack = Stack::new();
    stack.succeed(&["up", "native"]);

    let said = stack.succeed(&["footprint", "--idle", "1", "--load", "1", "--rate", "7"]);

    let url = format!("7 a second to http://127.0.0.1:{}", stack.place.public);
    assert!(said.contains(&url), "{said}");
    for part in PARTS.into_iter().chain(["supervisor", "together"]) {
        let row = said.lines().find(|line| line.starts_with(part)).unwrap();
        let cells: Vec<_> = row.split("  ").filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells.len(), 9, "{row}");
        let resident: f64 = cells[2].trim().parse().unwrap();
        assert!(resident > 0.0, "{row}");
    }
    assert!(said.contains("within the aim of 1,024 MiB"), "{said}");
    assert!(said.contains("within the aim of 20 s"), "{said}");
}

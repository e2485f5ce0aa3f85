//! A console as it runs: both rates at once, by the sockets, on one core.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{SeedableRng, rngs::SmallRng};
use testbed::http;

use crate::batches::{self, BATCH};

const PER_SECOND: usize = 20_000;
const SECONDS: usize = 30;

/// Prints what share of a core the console needs, and what memory.
pub(crate) fn run(console: &Path) {
    let process = testbed::console(console).spawn();
    let (otlp, loki) = (process.address("otlp-http"), process.address("loki"));
    let idle = process.resident_bytes();
    one_core(process.pid());
    let before = process.cpu_time();
    let started = Instant::now();
    let (spans, lines) = std::thread::scope(|scope| {
        let spans =
            scope.spawn(|| send(otlp, "/v1/traces", "application/x-protobuf", batches::spans));
        let lines = scope.spawn(|| {
            send(
                loki,
                "/loki/api/v1/push",
                "application/json",
                batches::lines,
            )
        });
        (spans.join().unwrap(), lines.join().unwrap())
    });
    let seconds = started.elapsed().as_secs_f64();
    let busy = (process.cpu_time() - before).as_secs_f64();
    println!("\na console on one core, {seconds:.0} s, by the sockets");
    println!("{:34}{:>12.0}", "spans a second", spans as f64 / seconds);
    println!("{:34}{:>12.0}", "lines a second", lines as f64 / seconds);
    println!("{:34}{:>11.0}%", "of the core", 100.0 * busy / seconds);
    println!("{:34}{:>8} MiB", "resident before", idle >> 20);
    println!(
        "{:34}{:>8} MiB",
        "resident, rings full",
        process.resident_bytes() >> 20
    );
}

/// Keeps all its threads to the first core, as a machine with one has it.
fn one_core(pid: u32) {
    let pid = pid.to_string();
    let pinned = std::process::Command::new("taskset")
        .args(["--all-tasks", "--pid", "--cpu-list", "0", &pid])
        .output()
        .unwrap();
    assert!(pinned.status.success(), "{pinned:?}");
}

/// Sends batches at the rate; how many items were taken.
fn send(
    to: SocketAddr,
    path: &str,
    media: &str,
    batch: fn(&mut SmallRng, u64) -> Vec<u8>,
) -> usize {
    let mut random = SmallRng::seed_from_u64(path.len() as u64);
    let started = Instant::now();
    let pushes = PER_SECOND * SECONDS / BATCH;
    for round in 0..pushes {
        let body = batch(&mut random, round as u64);
        let due = Duration::from_secs_f64((round * BATCH) as f64 / PER_SECOND as f64);
        std::thread::sleep(due.saturating_sub(started.elapsed()));
        let answer = http::send(to, "POST", path, &[("Content-Type", media)], &body).unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.text());
    }
    pushes * BATCH
}

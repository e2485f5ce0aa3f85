//! What the kernel says about a process, in `/proc`.

use std::fs;
use std::time::Duration;

pub(super) fn resident_bytes(pid: u32) -> u64 {
    let kibibytes: u64 = status(pid, "VmRSS").parse().unwrap();
    kibibytes * 1024
}

pub(super) fn threads(pid: u32) -> usize {
    status(pid, "Threads").parse().unwrap()
}

pub(super) fn cpu_time(pid: u32) -> Duration {
    let text = file(pid, "stat");
    // The name of the program stands in parentheses and may hold spaces; counting starts after it.
    let fields: Vec<_> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11..=12]
        .iter()
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_millis(ticks * 1000 / per_second)
}

fn status(pid: u32, name: &str) -> String {
    let text = file(pid, "status");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = line.and_then(|line| line.split_whitespace().next());
    value
        .unwrap_or_else(|| panic!("process {pid} has no {name}: it has ended"))
        .to_owned()
}

fn file(pid: u32, name: &str) -> String {
    let path = format!("/proc/{pid}/{name}");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

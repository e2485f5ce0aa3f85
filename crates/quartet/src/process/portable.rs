//! Processes and sockets where there is no `/proc`: as `ps` and `lsof` tell.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Holder, Usage, Vitals};

pub(super) fn vitals(pid: u32) -> Option<Vitals> {
    let line = answer(
        "ps",
        &["-o", "stat=,etime=,rss=,lstart=", "-p", &pid.to_string()],
    )?;
    let mut fields = line.split_whitespace();
    let state = fields.next()?;
    if state.starts_with('Z') {
        return None;
    }
    let uptime = elapsed(fields.next()?)?;
    let resident_kibibytes: u64 = fields.next()?.parse().ok()?;
    Some(Vitals {
        started: fields.collect::<Vec<_>>().join(" "),
        uptime,
        resident_bytes: resident_kibibytes * 1024,
    })
}

/// Nothing here tells shared pages apart.
pub(super) fn usage(_pid: u32) -> Option<Usage> {
    None
}

pub(super) fn send(pid: Pid, signal: Signal, is_it: impl Fn() -> bool) {
    if is_it() {
        let _ = kill_process(pid, signal);
    }
}

pub(super) fn listener(address: SocketAddr) -> Option<Holder> {
    let port = format!("-iTCP:{}", address.port());
    let found = answer("lsof", &["-nP", &port, "-sTCP:LISTEN", "-Fp"])?;
    let pid = found.lines().find_map(|line| line.strip_prefix('p'))?;
    let Some(command) = answer("ps", &["-o", "command=", "-p", pid]) else {
        return Some(Holder::Hidden { owner: None });
    };
    Some(Holder::Known {
        pid: pid.parse().ok()?,
        command: command.trim().chars().take(200).collect(),
    })
}

/// Reads `[[days-]hours:]minutes:seconds`.
fn elapsed(text: &str) -> Option<Duration> {
    let (days, clock) = text.split_once('-').unwrap_or(("0", text));
    let mut seconds = 0;
    for field in clock.split(':') {
        seconds = seconds * 60 + field.parse::<u64>().ok()?;
    }
    Some(Duration::from_secs(
        days.parse::<u64>().ok()? * 86_400 + seconds,
    ))
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then_some(text)
}

//! Nobody reads stdout, or nobody ever will.

use std::net::{Ipv4Addr, SocketAddr};

use testbed::{Program, Service, free_port};
use wire::logfmt::{self, Line};

use crate::bench::{IDLE_END, api, ask, ask_as, end, eventually};

/// What the books may grow by while lines wait: two buffers, twice as large as full while they grow,
/// and what an allocator keeps. The lines of the requests below would be 28 MB.
const BOUND: u64 = 12 << 20;

/// A client whose name makes lines of 1,400 bytes.
fn talker() -> String {
    "talker ".repeat(140)
}

/// What became of the lines of a service, as its own metrics tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lines {
    written: u64,
    buffer_full: u64,
    write_failed: u64,
}

impl Lines {
    fn of(api: &Service) -> Self {
        let metrics = api.metrics();
        let dropped = |reason| {
            let name = "telemetry_log_lines_dropped_total";
            metrics.value(name, &[("reason", reason)]).unwrap() as u64
        };
        Self {
            written: metrics.sum("telemetry_log_lines_written_total", &[]) as u64,
            buffer_full: dropped("buffer_full"),
            write_failed: dropped("write_failed"),
        }
    }
}

/// All lines on stdout; each has to be whole.
#[track_caller]
fn whole_lines(api: &Service) -> Vec<Line> {
    let lines = api.process.lines();
    let parsed = lines.iter().map(|line| {
        let whole = logfmt::parse(line).ok().filter(|parsed| {
            parsed.get("time").is_some() && parsed.get("service_name") == Some("api")
        });
        whole.unwrap_or_else(|| panic!("torn: {line}"))
    });
    parsed.collect()
}

fn accesses(lines: &[Line]) -> u64 {
    let access = |line: &&Line| line.get("target") == Some("access");
    lines.iter().filter(access).count() as u64
}

fn lines_told(lines: &[Line]) -> u64 {
    let dropped = "log lines dropped: stdout did not take them";
    let told = lines.iter().filter(|line| line.get("msg") == Some(dropped));
    told.map(|line| line.get("lines").unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn a_stalled_reader_costs_lines_but_no_request_and_no_memory() {
    let api = Service::start(api(), &[]);
    ask_as(&api, 2_000, &talker());
    api.process.stall_stdout();
    let before = api.process.resident_bytes();

    ask_as(&api, 20_000, &talker());

    let grown = api.process.resident_bytes().saturating_sub(before);
    assert!(grown < BOUND, "{grown} bytes more");
    let stalled = Lines::of(&api);
    assert!(10_000 < stalled.buffer_full, "{stalled:?}");

    api.process.resume_stdout();
    let (lines, read) = eventually("every line to be read or counted", || {
        let (lines, read) = (Lines::of(&api), whole_lines(&api));
        let counted = accesses(&read) + lines.buffer_full == 22_000;
        match counted && lines.written == read.len() as u64 {
            true => Ok((lines, read)),
            false => Err((lines, read.len())),
        }
    });
    assert_eq!(lines.write_failed, 0);
    assert!(0 < lines_told(&read), "no line tells of the loss");

    end(&api, IDLE_END);
    assert_eq!(lines_told(&whole_lines(&api)), lines.buffer_full);
}

#[test]
fn a_stalled_reader_holds_nobody_up_at_the_end() {
    let api = Service::start(api(), &[]);
    api.process.stall_stdout();

    ask_as(&api, 3_000, &talker());

    assert!(0 < Lines::of(&api).buffer_full);
    end(&api, IDLE_END);
}

/// A service whose stdout is what `redirection` makes of it, once it has said where it listens.
fn redirected(redirection: &str) -> Service {
    let address = || SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let (public, operations) = (address(), address());
    let process = Program::new("/bin/bash".as_ref())
        .arg("-c")
        .arg(format!("exec \"$0\" {redirection}"))
        .arg(api())
        .env("QUARTET_HTTP_ADDRESS", public.to_string())
        .env("QUARTET_OPERATIONS_ADDRESS", operations.to_string())
        .spawn();
    let api = Service {
        process,
        public,
        operations,
    };
    api.wait_until_ready();
    api
}

#[test]
fn a_closed_stdout_costs_lines_but_no_request() {
    let api = redirected("> >(sed '/server.role=public/q')");
    api.process.address("public");
    let closed = eventually("the reader to be gone", || {
        ask(&api, 1);
        let lines = Lines::of(&api);
        match 0 < lines.write_failed {
            true => Ok(lines),
            false => Err(lines),
        }
    });

    ask(&api, 500);

    let lost = eventually("every line to be counted", || {
        let lines = Lines::of(&api);
        match closed.write_failed + 500 <= lines.write_failed {
            true => Ok(lines),
            false => Err(lines),
        }
    });
    assert_eq!(lost.written, closed.written, "{lost:?}");
    assert_eq!(lost.buffer_full, 0, "{lost:?}");
    end(&api, IDLE_END);
}

#[test]
fn a_full_disk_behind_stdout_costs_lines_but_no_request() {
    let api = redirected("> /dev/full");

    ask(&api, 500);

    eventually("every line to be counted", || {
        let lines = Lines::of(&api);
        match lines.written == 0 && 500 < lines.write_failed && lines.buffer_full == 0 {
            true => Ok(()),
            false => Err(lines),
        }
    });
    end(&api, IDLE_END);
}

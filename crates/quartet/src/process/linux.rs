//! Processes and sockets as `/proc` shows them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::{Holder, Usage, Vitals};

/// Fields of `/proc/<pid>/stat`, counted from the one after the command name.
const STATE: usize = 0;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;
const START: usize = 19;
const RESIDENT_PAGES: usize = 21;

const LISTENING: &str = "0A";

pub(super) fn vitals(pid: u32) -> Option<Vitals> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may hold spaces and brackets; nothing after it does.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    if matches!(*fields.get(STATE)?, "Z" | "X" | "x") {
        return None;
    }
    let started = *fields.get(START)?;
    let ticks: u64 = started.parse().ok()?;
    let since_boot = Duration::from_secs(ticks / rustix::param::clock_ticks_per_second());
    let pages: u64 = fields.get(RESIDENT_PAGES)?.parse().ok()?;
    Some(Vitals {
        started: started.to_owned(),
        uptime: machine_uptime()?.saturating_sub(since_boot),
        resident_bytes: pages * rustix::param::page_size() as u64,
    })
}

pub(super) fn usage(pid: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
    let ticks = ticks(USER_TICKS)? + ticks(SYSTEM_TICKS)?;
    let per_second = rustix::param::clock_ticks_per_second();
    let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let bytes = |name: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(Usage {
        resident_bytes: bytes("Rss:")?,
        proportional_bytes: bytes("Pss:")?,
        processor_time: Duration::from_millis(ticks * 1_000 / per_second),
    })
}

/// Signals the process if `is_it` still holds once the pid can no longer change hands.
pub(super) fn send(pid: Pid, signal: Signal, is_it: impl Fn() -> bool) {
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
        && is_it()
    {
        let _ = pidfd_send_signal(process, signal);
    }
}

pub(super) fn listener(address: SocketAddr) -> Option<Holder> {
    let sockets: Vec<Socket> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(Socket::parse).collect::<Vec<_>>())
        .filter(|socket| socket.serves(address))
        .collect();
    let owner = sockets.first()?.owner;
    let found = sockets
        .iter()
        .find_map(|socket| process_with(&socket.inode));
    Some(found.unwrap_or(Holder::Hidden { owner }))
}

fn machine_uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A line of `/proc/net/tcp` that listens.
struct Socket {
    local: SocketAddr,
    owner: Option<u32>,
    inode: String,
}

impl Socket {
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if *fields.get(3)? != LISTENING {
            return None;
        }
        let (ip, port) = fields.get(1)?.split_once(':')?;
        Some(Self {
            local: SocketAddr::new(kernel_ip(ip)?, u16::from_str_radix(port, 16).ok()?),
            owner: fields.get(7)?.parse().ok(),
            inode: (*fields.get(9)?).to_owned(),
        })
    }

    fn serves(&self, address: SocketAddr) -> bool {
        let (ours, theirs) = (address.ip(), self.local.ip());
        self.local.port() == address.port()
            && (ours == theirs || ours.is_unspecified() || theirs.is_unspecified())
    }
}

/// Reads the kernel's form: network order printed as native 32-bit words.
fn kernel_ip(hex: &str) -> Option<IpAddr> {
    let mut bytes = [0; 16];
    let words = hex.len() / 8;
    for index in 0..words.min(4) {
        let word = u32::from_str_radix(hex.get(index * 8..index * 8 + 8)?, 16).ok()?;
        bytes[index * 4..index * 4 + 4].copy_from_slice(&word.to_ne_bytes());
    }
    match words {
        1 => Some(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).into()),
        4 => Some(Ipv6Addr::from(bytes).to_canonical()),
        _ => None,
    }
}

fn process_with(inode: &str) -> Option<Holder> {
    let link = PathBuf::from(format!("socket:[{inode}]"));
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process
            .file_name()
            .to_str()
            .and_then(|pid| pid.parse().ok())
        else {
            continue;
        };
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let holds = |file: &fs::DirEntry| fs::read_link(file.path()).is_ok_and(|to| to == link);
        if files.flatten().any(|file| holds(&file)) {
            let command = command(pid);
            return Some(Holder::Known { pid, command });
        }
    }
    None
}

fn command(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = line
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_kernel_prints_them() {
        assert_eq!(kernel_ip("0100007F"), Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(
            kernel_ip("00000000000000000000000001000000"),
            Some(Ipv6Addr::LOCALHOST.into())
        );
        assert_eq!(
            kernel_ip("0000000000000000FFFF00000100007F"),
            Some(Ipv4Addr::LOCALHOST.into())
        );
        assert_eq!(kernel_ip("01"), None);
    }

    #[test]
    fn only_listening_sockets_count() {
        let line = |state: &str| {
            format!("0: 0100007F:1F40 00000000:0000 {state} 0:0 00:00000000 0 1000 0 4711 1 0 100")
        };

        let socket = Socket::parse(&line("0A")).unwrap();

        assert_eq!(socket.local, "127.0.0.1:8000".parse().unwrap());
        assert_eq!((socket.owner, socket.inode.as_str()), (Some(1000), "4711"));
        assert!(Socket::parse(&line("01")).is_none());
        assert!(socket.serves("0.0.0.0:8000".parse().unwrap()));
        assert!(!socket.serves("127.0.0.2:8000".parse().unwrap()));
        assert!(!socket.serves("127.0.0.1:8001".parse().unwrap()));
    }
}

//! A process, known again by pid and start time: a pid alone may have become somebody else's.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use portable as system;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// One process among all that ever had its pid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    started: String,
}

/// What the system says about a process that runs.
#[derive(Debug)]
pub(crate) struct Vitals {
    /// When it started, in the system's own terms.
    started: String,
    pub(crate) uptime: Duration,
    pub(crate) resident_bytes: u64,
}

/// What a process takes of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Pages in memory, those that it shares counted whole.
    pub(crate) resident_bytes: u64,
    /// The same, each shared page divided by those who share it.
    pub(crate) proportional_bytes: u64,
    /// Of all its threads since it started.
    pub(crate) processor_time: Duration,
}

/// Who listens on a port.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Known {
        pid: u32,
        command: String,
    },
    /// A process that this user may not look into.
    Hidden {
        owner: Option<u32>,
    },
}

impl Process {
    /// The process that has this pid now. A zombie is none.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        let started = system::vitals(pid)?.started;
        Some(Self { pid, started })
    }

    /// This process.
    pub(crate) fn own() -> Result<Self> {
        Self::find(std::process::id()).context("failed to find the own process")
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.vitals().is_some()
    }

    pub(crate) fn vitals(&self) -> Option<Vitals> {
        system::vitals(self.pid).filter(|vitals| vitals.started == self.started)
    }

    /// What it takes; nothing where the system does not say.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let usage = system::usage(self.pid)?;
        self.is_alive().then_some(usage)
    }

    /// Asks it to end. That it has ended already is no error.
    pub(crate) fn terminate(&self) {
        self.send(Signal::TERM);
    }

    /// Stops it where it stands, or lets it go on.
    pub(crate) fn pause(&self, paused: bool) {
        self.send(if paused { Signal::STOP } else { Signal::CONT });
    }

    /// Ends it and what it started. It leads its process group.
    pub(crate) fn kill_group(&self) {
        if let Some(group) = self.raw_pid().filter(|_| self.is_alive()) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        // It may have been seen before it led a group.
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = self.raw_pid() {
            system::send(pid, signal, || self.is_alive());
        }
    }

    fn raw_pid(&self) -> Option<Pid> {
        i32::try_from(self.pid).ok().and_then(Pid::from_raw)
    }
}

/// Who listens on this address, or on all addresses with this port.
pub(crate) fn listener(address: SocketAddr) -> Option<Holder> {
    system::listener(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::process::Command;
    use std::time::Instant;

    #[test]
    fn a_process_is_known_by_pid_and_start() {
        let own = Process::own().unwrap();
        let impostor = Process {
            started: "0".to_owned(),
            ..own.clone()
        };

        assert!(own.is_alive());
        assert!(!impostor.is_alive());
    }

    #[test]
    fn a_zombie_counts_as_dead() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::find(child.id()).unwrap();

        process.terminate();

        let begin = Instant::now();
        while process.is_alive() {
            assert!(begin.elapsed() < Duration::from_secs(10), "still alive");
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }

    #[test]
    fn somebody_elses_pid_gets_no_signal() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let impostor = Process {
            started: "0".to_owned(),
            ..Process::find(child.id()).unwrap()
        };

        impostor.terminate();
        impostor.kill_group();

        assert!(Process::find(child.id()).unwrap().is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn vitals_are_of_this_process() {
        let vitals = Process::own().unwrap().vitals().unwrap();

        assert!(vitals.uptime < Duration::from_secs(3_600), "{vitals:?}");
        let plausible = 1_000_000..1_000_000_000;
        assert!(plausible.contains(&vitals.resident_bytes), "{vitals:?}");
    }

    #[test]
    fn the_holder_of_a_port_is_found_by_address_and_by_wildcard() {
        for bound in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
            let Ok(socket) = TcpListener::bind(bound) else {
                continue; // no IPv6 here
            };
            let port = socket.local_addr().unwrap().port();

            let holder = listener(SocketAddr::from(([127, 0, 0, 1], port)));

            let Some(Holder::Known { pid, command }) = holder else {
                panic!("{bound}: {holder:?}");
            };
            assert_eq!(pid, std::process::id());
            assert!(command.contains("quartet"), "{command}");
        }
    }

    #[test]
    fn nobody_holds_a_free_port() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        drop(socket);

        assert_eq!(listener(address), None);
    }
}

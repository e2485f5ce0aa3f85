//! A private server of Postgres: real, on a port of its own, as nobody special, gone when the test is.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{PATIENCE, free_port};
use installation::Installation;
use watchdog::Watchdog;

mod access;
mod installation;
mod standby;
mod watchdog;

/// Who owns the server and all in it.
const USER: &str = "quartet";
const POLL: Duration = Duration::from_millis(20);

/// A running server with `fsync`, killed and removed when it is dropped, or when its test process ends in any way.
pub struct Postgres {
    installation: Installation,
    port: u16,
    max_connections: u32,
    server: Mutex<Option<Child>>,
    // Before the folder, so that nothing writes to it any more when it is removed.
    _watchdog: Watchdog,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server that takes 100 connections.
    ///
    /// # Panics
    /// If Postgres is not installed, or does not start.
    pub fn start() -> Self {
        Self::with_max_connections(100)
    }

    /// Starts a server that takes so many connections, those of its owner included.
    ///
    /// # Panics
    /// If Postgres is not installed, or does not start.
    pub fn with_max_connections(max_connections: u32) -> Self {
        let server = Self::prepared(max_connections);
        server.installation.run(
            "initdb",
            &["--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"],
            &[("-U", USER), ("-D", &server.data())],
        );
        server.launch();
        server
    }

    fn prepared(max_connections: u32) -> Self {
        let installation = Installation::find();
        let folder = tempfile::tempdir().unwrap();
        installation.own(folder.path());
        Self {
            _watchdog: Watchdog::over(&installation, folder.path()),
            installation,
            port: free_port(),
            max_connections,
            server: Mutex::default(),
            folder,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The address of one of its databases, as `DATABASE_URL` takes it.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{USER}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Runs statements in a database; returns the rows, one per line, without their frame.
    ///
    /// # Panics
    /// If one of them fails.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        let port = self.port.to_string();
        // The socket lets its owner in whatever others have to show.
        let socket = self.folder.path().display().to_string();
        self.installation.run(
            "psql",
            &["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            &[
                ("-h", &socket),
                ("-p", &port),
                ("-U", USER),
                ("-d", database),
                ("-c", statements),
            ],
        )
    }

    /// Kills all its processes at once, as a crash of the machine would.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        self.reap();
    }

    /// Shuts it down: transactions are undone, connections cut.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn stop(&self) {
        if let Some(pid) = self.pid() {
            kill_process(pid, Signal::INT).unwrap();
        }
        self.reap();
    }

    /// Starts it again on the same port after [`Postgres::kill`] or [`Postgres::stop`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        self.launch();
    }

    /// Stops all its processes where they are: connections are accepted by the system, and nobody answers.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets them go on after [`Postgres::freeze`].
    pub fn proceed(&self) {
        self.signal(Signal::CONT);
    }

    fn launch(&self) {
        let log = self.folder.path().join("log");
        let port = self.port.to_string();
        let connections = self.max_connections.to_string();
        let sockets = self.folder.path().display().to_string();
        let settings = [
            ("listen_addresses", "127.0.0.1"),
            ("port", &port),
            ("unix_socket_directories", &sockets),
            ("max_connections", &connections),
            ("superuser_reserved_connections", "0"),
            ("max_wal_senders", "4"),
            ("shared_buffers", "16MB"),
            ("fsync", "on"),
        ];
        let deadline = Instant::now() + PATIENCE;
        loop {
            let child = self.installation.serve(&self.data(), &settings, &log);
            *self.server.lock() = Some(child);
            // What a killed server leaves behind keeps the next one out for a moment.
            if self.becomes_ready(deadline) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "postgres did not start: {}",
                read(&log)
            );
            std::thread::sleep(POLL);
        }
    }

    fn becomes_ready(&self, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            if let Some(child) = &mut *self.server.lock()
                && child.try_wait().unwrap().is_some()
            {
                return false;
            }
            if TcpStream::connect(self.address()).is_ok() && self.answers() {
                return true;
            }
            std::thread::sleep(POLL);
        }
        false
    }

    fn answers(&self) -> bool {
        let port = self.port.to_string();
        self.installation
            .command("pg_isready")
            .args(["-q", "-h", "127.0.0.1", "-p", &port])
            .status()
            .unwrap()
            .success()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn pid(&self) -> Option<Pid> {
        self.server.lock().as_ref().map(Pid::from_child)
    }

    /// To the parent first, so that it makes no children meanwhile; processes that are gone need no signal.
    fn signal(&self, signal: Signal) {
        let Some(parent) = self.pid() else { return };
        if signal != Signal::KILL {
            kill_process(parent, signal).unwrap();
        }
        for child in children(parent) {
            let _ = kill_process(child, signal);
        }
        if signal == Signal::KILL {
            kill_process(parent, signal).unwrap();
        }
    }

    fn reap(&self) {
        let Some(mut child) = self.server.lock().take() else {
            return;
        };
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            let log = self.folder.path().join("log");
            assert!(
                Instant::now() < deadline,
                "postgres did not end: {}",
                read(&log)
            );
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.server.lock().is_some() {
            self.kill();
        }
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let raw = parent.as_raw_nonzero();
    let listed = read(&PathBuf::from(format!("/proc/{raw}/task/{raw}/children")));
    listed
        .split_whitespace()
        .filter_map(|child| Pid::from_raw(child.parse().ok()?))
        .collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

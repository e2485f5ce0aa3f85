//! Native mode, started by the real `quartet` on ports and in a folder of its own.

mod running;

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::free_port;

pub use running::{Origin, Running};

/// How long the parts may take to start on a busy machine, in seconds.
const START: &str = "120";
const STOPPING: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(50);

/// Variables that hold an address, and those that hold a port.
const LISTENS: &[&str] = &[
    "VICTORIAMETRICS_LISTEN",
    "VMALERT_LISTEN",
    "ALERTMANAGER_LISTEN",
    "TEMPO_OTLP_LISTEN",
    "QUARTET_API_HTTP_ADDRESS",
    "QUARTET_API_OPERATIONS_ADDRESS",
    "QUARTET_FULFILMENT_HTTP_ADDRESS",
    "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
];
const PORTS: &[&str] = &[
    "LOKI_HTTP_PORT",
    "LOKI_GRPC_PORT",
    "TEMPO_HTTP_PORT",
    "TEMPO_GRPC_PORT",
    "PYROSCOPE_HTTP_PORT",
    "PYROSCOPE_GRPC_PORT",
    "PYROSCOPE_RAFT_PORT",
    "PYROSCOPE_GOSSIP_PORT",
    "ALLOY_HTTP_PORT",
    "ALLOY_OTLP_GRPC_PORT",
    "ALLOY_OTLP_HTTP_PORT",
    "ALLOY_PROFILES_PORT",
];

/// The services and their backends, each part by the name that `quartet` gives it. All of it ends when this is dropped.
pub struct Native {
    quartet: PathBuf,
    project: PathBuf,
    ports: HashMap<&'static str, u16>,
    variables: Vec<(&'static str, String)>,
    /// Those that were started again, which `quartet` knows nothing of.
    again: HashMap<String, Child>,
    folder: TempDir,
}

impl Native {
    /// A stack of this program, which has the services beside it, and of the configuration of this checkout.
    /// Nothing runs before [`Native::up`].
    pub fn new(quartet: &Path, project: &Path) -> Self {
        let names = LISTENS.iter().chain(PORTS);
        Self {
            quartet: quartet.canonicalize().unwrap(),
            project: project.canonicalize().unwrap(),
            ports: names.map(|name| (*name, free_port())).collect(),
            variables: Vec::new(),
            again: HashMap::new(),
            folder: tempfile::Builder::new()
                .prefix("native-")
                .tempdir()
                .unwrap(),
        }
    }

    /// Sets a variable for everything that is run from now on.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    /// Starts all parts, and waits until they are ready.
    ///
    /// # Panics
    /// If they do not become ready, with what `quartet` said.
    pub fn up(&self) {
        let up = self.quartet(&["up", "native", "--patience", START]);
        assert!(up.status.success(), "{}", said(&up));
    }

    /// Where data and logs are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves data and logs behind, to be looked at.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// Where something listens, by the name of its variable in `deploy/native/addresses.env`.
    ///
    /// # Panics
    /// If there is no such variable.
    pub fn address(&self, variable: &str) -> SocketAddr {
        let port = self.ports.get(variable);
        let port = port.unwrap_or_else(|| panic!("nothing listens where {variable} says"));
        SocketAddr::from(([127, 0, 0, 1], *port))
    }

    /// `quartet`, told of this folder and these ports.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_in(&self.project, arguments)
    }

    /// The same with the configuration of another checkout.
    pub fn command_in(&self, project: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.quartet);
        command
            .args(arguments)
            .arg("--root")
            .arg(self.folder())
            .arg("--project")
            .arg(project)
            .stdin(Stdio::null());
        for name in LISTENS {
            command.env(name, self.address(name).to_string());
        }
        for name in PORTS {
            command.env(name, self.address(name).port().to_string());
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The process of a part.
    pub fn running(&self, part: &str) -> Running {
        if let Some(child) = self.again.get(part) {
            return Running::new(child.id());
        }
        let record = fs::read_to_string(self.folder().join("run/processes.json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        let mut parts = record["parts"].as_array().into_iter().flatten();
        let found = parts.find(|known| known["name"] == part);
        let pid = found.and_then(|part| part["process"]["pid"].as_u64());
        let pid = pid.unwrap_or_else(|| panic!("{part} was not started"));
        Running::new(u32::try_from(pid).unwrap())
    }

    /// Kills a part, and tells how it was started.
    pub fn kill(&mut self, part: &str) -> Origin {
        let running = self.running(part);
        let origin = running.origin();
        running.signal(Signal::KILL);
        match self.again.remove(part) {
            Some(mut child) => drop(child.wait().unwrap()),
            None => running.wait_until_gone(),
        }
        origin
    }

    /// Starts a part that was killed. What it writes goes behind what it wrote before.
    pub fn start(&mut self, part: &str, origin: &Origin) {
        let log = self.folder().join(format!("run/logs/{part}.log"));
        self.again.insert(part.to_owned(), origin.start(&log));
    }

    /// Ends all of it, as its operator would.
    ///
    /// # Panics
    /// If something does not end.
    pub fn down(&mut self) {
        let down = self.end();
        assert!(down.status.success(), "{}", said(&down));
    }

    fn end(&mut self) -> Output {
        for (_, mut child) in self.again.drain() {
            let running = Running::new(child.id());
            running.signal(Signal::CONT);
            running.signal(Signal::TERM);
            let deadline = Instant::now() + STOPPING;
            while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
                thread::sleep(LOOK);
            }
            // Tempo does not end by itself once it has answered a query.
            let _gone = child.kill();
            child.wait().unwrap();
        }
        self.quartet(&["down"])
    }

    fn quartet(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if self.folder().join("run/processes.json").exists() || !self.again.is_empty() {
            // In the middle of a panic there is nobody left to be told.
            let _down = self.end();
        }
    }
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

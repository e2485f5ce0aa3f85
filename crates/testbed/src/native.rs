//! Native mode, started by the real `quartet` on ports and in a folder of its own.

mod addresses;
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

pub use addresses::Addresses;
pub use running::{Origin, Running};

/// How long the parts may take to start on a busy machine, in seconds.
const START: &str = "120";
const STOPPING: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(50);

/// Where the services listen, which the file of the backends does not say.
const SERVICES: [&str; 4] = [
    "QUARTET_API_HTTP_ADDRESS",
    "QUARTET_API_OPERATIONS_ADDRESS",
    "QUARTET_FULFILMENT_HTTP_ADDRESS",
    "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
];

/// The services and their backends, each part by the name that `quartet` gives it. All of it ends when this is dropped.
pub struct Native {
    quartet: PathBuf,
    project: PathBuf,
    addresses: Addresses,
    variables: Vec<(&'static str, String)>,
    /// Those that were started again, which `quartet` knows nothing of.
    again: HashMap<String, Child>,
    folder: TempDir,
}

impl Native {
    /// A stack of this program, which has the services beside it, and of the configuration of this checkout.
    /// Nothing runs before [`Native::up`].
    pub fn new(quartet: &Path, project: &Path) -> Self {
        let project = project.canonicalize().unwrap();
        let mut addresses = Addresses::free(&project);
        SERVICES.iter().for_each(|service| addresses.add(service));
        Self {
            quartet: quartet.canonicalize().unwrap(),
            project,
            addresses,
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

    /// Where something listens, by the name of its variable.
    ///
    /// # Panics
    /// If there is no such variable.
    pub fn address(&self, variable: &str) -> SocketAddr {
        self.addresses.of(variable)
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
        command.envs(self.addresses.variables());
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

//! A process that somebody else started: known by its id, started again as it was.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::eventually;

/// A process that runs.
#[derive(Clone, Copy, Debug)]
pub struct Running(Pid);

/// What a process was started with.
#[derive(Clone, Debug)]
pub struct Origin {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    directory: PathBuf,
}

impl Running {
    pub(super) fn new(pid: u32) -> Self {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Self(pid.unwrap())
    }

    /// Sends a signal; one that is gone gets none.
    pub fn signal(self, signal: Signal) {
        let _gone = kill_process(self.0, signal);
    }

    /// The memory that it holds; none once it is gone.
    pub fn resident_bytes(self) -> Option<u64> {
        let status = fs::read_to_string(self.file("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// What it was started with, as the kernel has it.
    pub fn origin(self) -> Origin {
        let list = |name: &str| -> Vec<OsString> {
            let bytes = fs::read(self.file(name)).unwrap();
            let items = bytes.split(|byte| *byte == 0);
            let items = items.filter(|item| !item.is_empty());
            items
                .map(|item| OsString::from_vec(item.to_vec()))
                .collect()
        };
        let variable = |item: OsString| {
            let equals = item.as_bytes().iter().position(|byte| *byte == b'=')?;
            let (name, value) = item.as_bytes().split_at(equals);
            let text = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
            Some((text(name), text(&value[1..])))
        };
        Origin {
            program: fs::read_link(self.file("exe")).unwrap(),
            arguments: list("cmdline").into_iter().skip(1).collect(),
            variables: list("environ").into_iter().filter_map(variable).collect(),
            directory: fs::read_link(self.file("cwd")).unwrap(),
        }
    }

    /// Waits until it has ended. Its parent may still have to take notice.
    pub(super) fn wait_until_gone(self) {
        eventually("the killed process is gone", || {
            self.resident_bytes().is_none()
        });
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}

impl Origin {
    /// The same with another variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The same with an argument in the place of another.
    ///
    /// # Panics
    /// If it has no such argument.
    pub fn with_argument(mut self, known: impl AsRef<OsStr>, new: impl Into<OsString>) -> Self {
        let known = known.as_ref();
        let place = self
            .arguments
            .iter_mut()
            .find(|argument| *argument == known);
        *place.unwrap_or_else(|| panic!("no argument {}", known.display())) = new.into();
        self
    }

    pub(super) fn start(&self, log: &Path) -> Child {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .open(log)
            .unwrap();
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // Ctrl+C is for this program, which then ends the others.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program.display()))
    }
}

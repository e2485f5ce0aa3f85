use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Pid;

use super::Process;
use super::output::Output;
use crate::PATIENCE;

/// A program about to be started.
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    patience: Duration,
}

impl Program {
    /// The program at `path`, with `PATH` as its only variable.
    pub fn new(path: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests hand the search path on")]
        let inherited = std::env::vars_os().filter(|(name, _)| name == "PATH");
        Self {
            path: path.to_owned(),
            arguments: Vec::new(),
            variables: inherited.collect(),
            directory: None,
            patience: PATIENCE,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Sets several variables.
    pub fn envs(self, variables: &[(&str, &str)]) -> Self {
        let set = |program: Self, (name, value): &(&str, &str)| program.env(name, *value);
        variables.iter().fold(self, set)
    }

    /// Runs it in this directory instead of a new one that is deleted afterwards.
    pub fn directory(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Sets how long each wait for its output lasts; [`PATIENCE`] if not called.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// If the system cannot start it.
    pub fn spawn(self) -> Process {
        let temporary = match self.directory {
            Some(_) => None,
            None => Some(tempfile::tempdir().unwrap()),
        };
        let own = temporary.as_ref().map(|own| own.path().to_owned());
        let directory = self.directory.or(own).unwrap();

        let mut child = Command::new(&self.path)
            .args(self.arguments)
            .env_clear()
            .envs(self.variables)
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.path.display()));

        Process {
            name: self.path.display().to_string(),
            pid: Pid::from_child(&child),
            stdout: Output::read("stdout", child.stdout.take().unwrap()),
            stderr: Output::read("stderr", child.stderr.take().unwrap()),
            child: Mutex::new(child),
            patience: self.patience,
            signalled: Mutex::new(None),
            directory,
            _temporary: temporary,
        }
    }
}

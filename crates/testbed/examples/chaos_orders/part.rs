//! A service as a process of its own, started again after each kill.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use testbed::{free_port, http};

/// The grace that the services promise to keep to, and some for a busy machine.
const STOPPING: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);

/// A service at a fixed address, whether it runs or not.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) public: SocketAddr,
    operations: SocketAddr,
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Part {
    pub(crate) fn new(name: &'static str, program: PathBuf, log: PathBuf) -> Self {
        let address = || SocketAddr::from(([127, 0, 0, 1], free_port()));
        let (public, operations) = (address(), address());
        Self {
            name,
            public,
            operations,
            program,
            variables: vec![
                ("QUARTET_HTTP_ADDRESS", public.to_string()),
                ("QUARTET_OPERATIONS_ADDRESS", operations.to_string()),
            ],
            log,
            child: None,
        }
    }

    pub(crate) fn set(&mut self, variable: &'static str, value: impl Into<String>) {
        self.variables.push((variable, value.into()));
    }

    pub(crate) fn start(&mut self) -> anyhow::Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log: File = log.with_context(|| format!("failed to open {}", self.log.display()))?;
        let child = Command::new(&self.program)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl+C is for this program, which then ends the others.
            .process_group(0)
            .spawn();
        let child = child.with_context(|| format!("failed to start {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        let Some(child) = &self.child else {
            return Ok(());
        };
        kill_process(Pid::from_child(child), Signal::TERM)?;
        let deadline = Instant::now() + STOPPING;
        loop {
            if let Some(status) = self.ended()? {
                ensure!(
                    status.success(),
                    "{} ended with {status}, see {}",
                    self.name,
                    self.log.display()
                );
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{} does not stop", self.name);
            thread::sleep(LOOK);
        }
    }

    /// Fails if it ended although nobody killed it.
    pub(crate) fn expect_running(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.ended()? {
            bail!(
                "{} ended by itself with {status}, see {}",
                self.name,
                self.log.display()
            );
        }
        Ok(())
    }

    pub(crate) fn is_ready(&self) -> bool {
        http::get(self.operations, "/health/ready").is_ok_and(|answer| answer.status == 200)
    }

    fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let Some(child) = &mut self.child else {
            return Ok(None);
        };
        let status = child.try_wait()?;
        if status.is_some() {
            self.child = None;
        }
        Ok(status)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nothing is left to be done for one that cannot be killed.
        let _gone = self.kill();
    }
}

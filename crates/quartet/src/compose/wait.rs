//! Waits for containers to become ready, and tells why they did not.

use std::fs::File;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{How, Stack};
use crate::logs::tail::last_lines;
use crate::terminal::{Progress, Terminal};

/// Each look costs a tenth of a second of a core.
const LOOK_EVERY: Duration = Duration::from_secs(1);

const LINES_OF_A_FAILURE: usize = 20;

impl Stack<'_> {
    /// Starts the containers, and waits until every one of them is ready.
    pub(super) fn start(&self, how: &How, patience: Duration, terminal: &Terminal) -> Result<()> {
        let names = self.services(how)?;
        let mut progress = Progress::new(terminal, names.iter().map(String::as_str));
        let began = Instant::now();
        let mut child = self.spawn_up(&names, patience)?;
        loop {
            let ended = child
                .try_wait()
                .context("failed to wait for docker compose")?;
            let parts = self.parts()?;
            let clock = format!("{:.0} s", began.elapsed().as_secs_f64());
            for (row, name) in names.iter().enumerate() {
                if let Some(part) = parts.iter().find(|part| part.service == *name) {
                    progress.set(row, part.word(), &clock);
                }
            }
            match ended {
                Some(status) if status.success() => return Ok(()),
                Some(_) => return self.explain(terminal),
                None => thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// The names of the parts that were asked for.
    pub(super) fn services(&self, how: &How) -> Result<Vec<String>> {
        let names = self.ask(&["config", "--services"])?;
        let wanted = names.lines().filter(|name| !how.leaves_out(name));
        Ok(wanted.map(str::to_owned).collect())
    }

    fn spawn_up(&self, names: &[String], patience: Duration) -> Result<Child> {
        let path = self.log();
        let log =
            File::create(&path).with_context(|| format!("failed to write {}", path.display()))?;
        let mut command = self.compose()?;
        command
            .args(["up", "--detach", "--wait", "--no-build", "--remove-orphans"])
            .args(["--wait-timeout", &patience.as_secs().to_string()]);
        command
            .args(names)
            .stdin(Stdio::null())
            .stdout(
                log.try_clone()
                    .context("failed to share the log of docker compose")?,
            )
            .stderr(log)
            .spawn()
            .context("failed to run docker compose up")
    }

    /// Names who is not ready, with its last lines, or else what Docker Compose said.
    fn explain(&self, terminal: &Terminal) -> Result<()> {
        let parts = self.parts()?;
        let late: Vec<_> = parts.iter().filter(|part| !part.is_ready()).collect();
        for part in &late {
            let count = LINES_OF_A_FAILURE.to_string();
            let arguments = [
                "logs",
                "--no-color",
                "--no-log-prefix",
                "--tail",
                &count,
                &part.service,
            ];
            let lines = self.ask(&arguments)?;
            terminal.say(&format!(
                "The last lines of {} ({}):",
                part.service, part.status
            ));
            lines
                .lines()
                .for_each(|line| terminal.say(&format!("    {line}")));
        }
        for line in last_lines(&self.log(), LINES_OF_A_FAILURE) {
            terminal.say(&format!("    {line}"));
        }
        let names: Vec<_> = late.iter().map(|part| part.service.as_str()).collect();
        match names.is_empty() {
            true => bail!("docker compose could not start the containers (above is what it said)"),
            false => bail!("not ready in time: {}", names.join(", ")),
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.rendered().join("up.log")
    }
}

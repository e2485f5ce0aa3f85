//! The server under test as a child process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use variants::Variant;

use crate::sinks::{Sinks, count_lines};

/// Longer than all that the server does at its end.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) metrics: Option<SocketAddr>,
    lines: JoinHandle<std::io::Result<u64>>,
}

impl Server {
    /// Starts a variant and waits until it listens.
    pub(crate) fn start(binary: &Path, variant: Variant, sinks: &Sinks) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .args(["--variant", variant.name()])
            .args(["--collector", &format!("http://{}", sinks.collector)])
            .args(["--profiles", &format!("http://{}", sinks.profiler)])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", binary.display()))?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let stderr = child.stderr.take().context("the server has no stderr")?;
        let (public, metrics) = addresses(stderr, variant)?;
        Ok(Self {
            child,
            public,
            metrics,
            lines: count_lines(stdout),
        })
    }

    pub(crate) fn pid(&self) -> anyhow::Result<Pid> {
        Ok(Pid::from_raw(i32::try_from(self.child.id())?))
    }

    /// Lets the server send what waits, and says how many lines it has written in its life.
    pub(crate) fn stop(mut self) -> anyhow::Result<u64> {
        kill(self.pid()?, Signal::SIGTERM)?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if deadline < Instant::now() {
                self.child.kill()?;
                self.child.wait()?;
                bail!("the server did not end within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        match self.lines.join() {
            Ok(lines) => Ok(lines?),
            Err(_) => bail!("the reader of the server's lines panicked"),
        }
    }
}

/// Reads where the server listens, and passes the rest of its stderr on.
fn addresses(
    stderr: ChildStderr,
    variant: Variant,
) -> anyhow::Result<(SocketAddr, Option<SocketAddr>)> {
    let mut reader = BufReader::new(stderr);
    let (mut public, mut metrics) = (None, None);
    while public.is_none() || (variant.is_scraped() && metrics.is_none()) {
        let mut line = String::new();
        ensure!(
            0 < reader.read_line(&mut line)?,
            "the server ended before it listened"
        );
        match line.trim_end().split_once(' ') {
            Some(("public", address)) => public = Some(address.parse()?),
            Some(("metrics", address)) => metrics = Some(address.parse()?),
            _ => bail!("the server said: {}", line.trim_end()),
        }
    }
    std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::stderr()));
    Ok((public.context("the server has no address")?, metrics))
}

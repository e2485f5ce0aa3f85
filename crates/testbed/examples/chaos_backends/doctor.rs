//! What `quartet doctor` says while something is broken.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::interrupt::Interrupt;

const LOOK: Duration = Duration::from_millis(100);
/// Each question to a store that hangs takes its own time.
const PATIENCE: Duration = Duration::from_secs(180);
/// What stands before the hop that lost something.
const LOST: &str = "LOST at ";
/// What stands before what was lost earlier.
const EARLIER: &str = "Before this: ";

/// The hops that it names, each once.
#[derive(Debug, Default)]
pub(crate) struct Diagnosis {
    pub(crate) hops: Vec<String>,
    /// What was lost earlier, in its words.
    pub(crate) earlier: Vec<String>,
    pub(crate) text: String,
}

impl Diagnosis {
    /// Runs it to its end.
    pub(crate) fn ask(mut doctor: Command, interrupt: &Interrupt) -> anyhow::Result<Self> {
        let mut doctor = doctor
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("failed to run quartet doctor")?;
        let end = Instant::now() + PATIENCE;
        while doctor.try_wait()?.is_none() {
            if interrupt.is_set() || end < Instant::now() {
                doctor.kill()?;
            }
            std::thread::sleep(LOOK);
        }
        let output = doctor.wait_with_output()?;
        interrupt.check()?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        ensure!(
            matches!(output.status.code(), Some(0 | 1)),
            "doctor failed: {text}"
        );
        let mut hops: Vec<String> = Vec::new();
        for hop in text.lines().filter_map(|line| line.split_once(LOST)) {
            let hop = hop
                .1
                .split(": ")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned();
            if !hops.contains(&hop) {
                hops.push(hop);
            }
        }
        let earlier = text.lines().filter_map(|line| line.strip_prefix(EARLIER));
        let earlier = earlier.map(str::to_owned).collect();
        Ok(Self {
            hops,
            earlier,
            text,
        })
    }

    /// Whether it says that nothing but a new start of this one helps.
    pub(crate) fn wants_restart_of(&self, name: &str) -> bool {
        self.text.contains(&format!("; restart {name}"))
    }

    /// Whether a hop has that end.
    pub(crate) fn names(&self, end: &str) -> bool {
        self.hops.iter().any(|hop| hop.contains(end))
    }
}

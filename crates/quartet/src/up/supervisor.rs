//! Starts the process that stays when `up` is done.

use std::fs::File;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::logs::SUPERVISE;
use crate::order::Order;
use crate::root::Root;

/// Starts `quartet supervise`, which leaves our session by itself, and tells it what to run.
pub(super) fn start(root: &Root, order: &Order) -> Result<Child> {
    let path = root.log(SUPERVISE);
    let log = File::create(&path).with_context(|| format!("failed to write {}", path.display()))?;
    let own = std::env::current_exe().context("failed to find the program's own file")?;
    let mut supervisor = Command::new(own)
        .arg("--root")
        .arg(root.path())
        .arg("supervise")
        .current_dir(root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("failed to start the supervisor")?;
    if let Some(input) = supervisor.stdin.take() {
        order.write(input)?;
    }
    Ok(supervisor)
}

//! `quartet logs` for containers.

use anyhow::{Result, ensure};

use super::{Stack, docker};
use crate::logs::Request;

/// Prints the last lines, and those that follow if that was asked for.
pub(crate) fn logs(stack: &Stack<'_>, request: &Request) -> Result<()> {
    let mut command = stack.compose()?;
    command.args(["logs", "--no-color", "--tail", &request.lines.to_string()]);
    if request.follow {
        command.arg("--follow");
    }
    if let Some(part) = &request.part {
        command.args(["--no-log-prefix", part]);
    }
    let shown = docker::shown(&mut command)?;
    ensure!(
        shown,
        "docker compose could not show them (above is what it said)"
    );
    Ok(())
}

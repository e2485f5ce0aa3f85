//! The `docker` command line: whether it is there, and what it answers.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Whether an engine answers that Docker Compose can use.
pub(crate) fn answers() -> bool {
    check().is_ok()
}

/// Says what is missing, if something is.
pub(super) fn check() -> Result<()> {
    ensure!(
        Command::new("docker").arg("--version").output().is_ok(),
        "docker is missing: install Docker with its compose plug-in, or `just up embedded`"
    );
    output(Command::new("docker").args(["compose", "version", "--short"]))
        .context("docker has no compose plug-in: install docker-compose-plugin")?;
    output(Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]))
        .context("no Docker engine answers: start it, or `just up embedded`")?;
    Ok(())
}

/// Runs it, and gives back what it wrote; if it fails, its last line says why.
pub(super) fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to run {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{}",
            said.trim().lines().last().unwrap_or("it did not say why")
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it with this terminal as its own.
pub(super) fn shown(command: &mut Command) -> Result<bool> {
    let status = command.status().context("failed to run docker")?;
    Ok(status.success())
}

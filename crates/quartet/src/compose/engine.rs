//! The socket of the engine, which the proxy is given.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::docker;
use crate::variables::Variables;

const SOCKET: &str = "DOCKER_SOCKET";
const GROUP: &str = "DOCKER_SOCKET_GROUP";

/// The variables that say where the socket is and which group may use it, unless the user says so.
pub(super) fn socket(variables: &Variables) -> Result<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let path = match variables.get(SOCKET) {
        Some(path) => path.to_owned(),
        None => {
            let path = current()?;
            found.push((SOCKET, path.clone()));
            path
        }
    };
    if variables.get(GROUP).is_none() {
        let file = std::fs::metadata(&path)
            .with_context(|| format!("no such socket of the engine: {path}"))?;
        found.push((GROUP, file.gid().to_string()));
    }
    Ok(found)
}

fn current() -> Result<String> {
    let host = match Variables::of_process().get("DOCKER_HOST") {
        Some(host) => host.to_owned(),
        None => {
            let endpoint = [
                "context",
                "inspect",
                "--format",
                "{{.Endpoints.docker.Host}}",
            ];
            docker::output(Command::new("docker").args(endpoint))?
        }
    };
    match host.trim().strip_prefix("unix://") {
        Some(path) => Ok(path.to_owned()),
        None => bail!(
            "the engine is at {host}, not at a socket of this machine: set {SOCKET} to where its socket is there, and \
             {GROUP} to that file's group"
        ),
    }
}

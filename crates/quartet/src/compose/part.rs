//! What Docker Compose says of the containers of a stack.

use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Stack, docker};

/// One container.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Part {
    /// Its name in compose.yaml.
    pub(super) service: String,
    state: String,
    health: String,
    /// State and age, in words.
    pub(super) status: String,
    #[serde(default)]
    publishers: Vec<Publisher>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publisher {
    #[serde(rename = "URL")]
    address: String,
    published_port: u16,
}

impl Part {
    pub(super) fn is_running(&self) -> bool {
        self.state == "running"
    }

    /// Whether it says that it is ready. Whose image has no such word is ready once it runs.
    pub(super) fn is_ready(&self) -> bool {
        self.is_running() && matches!(self.health.as_str(), "healthy" | "")
    }

    /// One word for a line of progress.
    pub(super) fn word(&self) -> &'static str {
        match (self.state.as_str(), self.health.as_str()) {
            ("running", "healthy" | "") => "ready",
            ("running", "unhealthy") => "unhealthy",
            ("running", _) => "starting",
            ("created", _) => "created",
            ("restarting", _) => "restarting",
            _ => "ended",
        }
    }

    /// Its addresses on this machine.
    pub(super) fn addresses(&self) -> String {
        let mut addresses: Vec<_> = self
            .publishers
            .iter()
            .filter(|publisher| publisher.published_port != 0)
            .map(|publisher| format!("{}:{}", publisher.address, publisher.published_port))
            .collect();
        addresses.sort();
        addresses.join(" ")
    }
}

impl Stack<'_> {
    /// The containers of the stack, those that ended too, by name.
    pub(super) fn parts(&self) -> Result<Vec<Part>> {
        let lines = self.ask(&["ps", "--all", "--format", "json"])?;
        let mut parts = lines
            .lines()
            .map(|line| serde_json::from_str(line).context("docker compose ps is not understood"))
            .collect::<Result<Vec<Part>>>()?;
        parts.sort_by(|one, other| one.service.cmp(&other.service));
        Ok(parts)
    }

    /// The names of the volumes of the stack.
    pub(super) fn volumes(&self) -> Result<Vec<String>> {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let names = docker::output(
            Command::new("docker").args(["volume", "ls", "--quiet", "--filter", &label]),
        )
        .context("docker volume ls failed")?;
        Ok(names.lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"ID":"1f","Name":"quartet-api-1","Service":"api","State":"running","Health":"healthy",
        "Status":"Up 5 seconds (healthy)","ExitCode":0,"Publishers":[
        {"URL":"127.0.0.1","TargetPort":9000,"PublishedPort":9000,"Protocol":"tcp"},
        {"URL":"127.0.0.1","TargetPort":8000,"PublishedPort":8000,"Protocol":"tcp"},
        {"URL":"","TargetPort":7000,"PublishedPort":0,"Protocol":"tcp"}]}"#;

    fn part(state: &str, health: &str) -> Part {
        let line = LINE
            .replace("running", state)
            .replace("\"healthy", &format!("\"{health}"));
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn a_container_shows_where_it_is_reached() {
        assert_eq!(
            part("running", "healthy").addresses(),
            "127.0.0.1:8000 127.0.0.1:9000"
        );
    }

    #[test]
    fn only_a_running_container_that_says_so_is_ready() {
        let cases = [
            ("running", "healthy", "ready"),
            ("running", "", "ready"),
            ("running", "starting", "starting"),
            ("running", "unhealthy", "unhealthy"),
            ("restarting", "", "restarting"),
            ("exited", "", "ended"),
        ];
        for (state, health, word) in cases {
            let part = part(state, health);
            assert_eq!(part.word(), word);
            assert_eq!(part.is_ready(), word == "ready");
        }
    }
}

//! `quartet up compose`: starts all containers and waits until they are ready.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use super::ports::{API, GRAFANA, PORTS};
use super::secrets::ADMIN_PASSWORD;
use super::{Stack, docker};
use crate::terminal::Terminal;

/// How a stack is started.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// compose: leave a part out, such as `grafana` where there is one already
    #[arg(long, value_name = "PART")]
    pub(super) without: Vec<String>,
    /// compose: take the images as they are, instead of building those of the services anew
    #[arg(long)]
    pub(super) no_build: bool,
}

impl How {
    pub(super) fn leaves_out(&self, part: &str) -> bool {
        self.without.iter().any(|name| name == part)
    }
}

/// Starts what does not run yet; what runs with other settings is replaced.
pub(crate) fn up(
    stack: &Stack<'_>,
    how: &How,
    patience: Duration,
    terminal: &Terminal,
) -> Result<()> {
    let _alone = stack.root.lock()?;
    docker::check()?;
    stack.make_secrets()?;
    if stack.parts()?.iter().all(|part| !part.is_running()) {
        stack.take_ports()?;
    }
    stack.render()?;
    if !how.no_build {
        terminal.say("Building the images of the services: many minutes the first time, seconds if nothing changed");
        let built = docker::shown(stack.compose()?.arg("build"))?;
        ensure!(
            built,
            "the images could not be built (above is what docker compose said)"
        );
    }
    terminal.say("Fetching the images that are not here yet");
    let mut pull = stack.compose()?;
    pull.args([
        "pull",
        "--policy",
        "missing",
        "--ignore-buildable",
        "--quiet",
    ])
    .args(stack.services(how)?);
    let pulled = docker::shown(&mut pull)?;
    ensure!(
        pulled,
        "the images could not be fetched (above is what docker compose said)"
    );

    terminal.say(&format!("Starting {} in containers", stack.name));
    stack.start(how, patience, terminal)?;
    terminal.say(&format!("{} is up.", stack.name));
    where_to_look(stack, how, terminal)
}

fn where_to_look(stack: &Stack<'_>, how: &How, terminal: &Terminal) -> Result<()> {
    let variables = stack.variables()?;
    let mut places = Vec::new();
    let reached = PORTS.iter().filter(|port| !how.leaves_out(port.part));
    for port in reached {
        let Some((title, path)) = port.page else {
            continue;
        };
        let number = port.number(&variables)?;
        places.push((title.to_owned(), format!("http://127.0.0.1:{number}{path}")));
        if port.part == GRAFANA {
            let settings = stack.settings();
            let password = format!("admin, {ADMIN_PASSWORD} in {}", settings.display());
            places.push(("its user and password".to_owned(), password));
        }
    }
    terminal.list("Where to look", &places);
    let (own, load) = match stack.is_default() {
        true => (String::new(), String::new()),
        false => {
            let api = PORTS.iter().find(|port| port.part == API);
            let api = api.map(|port| port.number(&variables)).transpose()?;
            let load = api.map(|port| format!(" 20 http://127.0.0.1:{port}"));
            (format!(" --name {}", stack.name), load.unwrap_or_default())
        }
    };
    let next = [
        (format!("./load.sh{load}"), "send it requests of every kind"),
        (format!("just status{own}"), "see how each part is"),
        (format!("just logs{own} api -f"), "see what a part writes"),
        (format!("just down{own}"), "stop it; the data are kept"),
    ];
    let next = next.map(|(command, why)| (command, why.to_owned()));
    terminal.list("What to do next", &next);
    Ok(())
}

//! `quartet footprint`: what the parts that run cost in memory, processor time, disk and patience.

mod phase;
mod report;

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::Process;
use crate::project::Project;
use crate::record::{PartRecord, Record};
use crate::root::Root;
use crate::start;
use crate::terminal::Terminal;
use crate::variables::over_loopback;

/// How long to look, and at what.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// How long to measure without load
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    idle: u64,
    /// How long to measure under load
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    load: u64,
    /// Requests per second of that load
    #[arg(long, value_name = "PER_SECOND", default_value_t = 100)]
    rate: u32,
}

/// A part whose cost is measured.
struct Measured<'a> {
    name: &'a str,
    process: &'a Process,
}

/// The supervisor's row; it is no part, but it runs and costs.
const SUPERVISOR: &str = "supervisor";

/// Measures idle, then under the load of `load.sh`, and prints a table.
pub(crate) fn footprint(
    root: &Root,
    project: &Project,
    request: &Request,
    terminal: &Terminal,
) -> Result<()> {
    let record = Record::read(root)?.context("nothing runs: start it with `just up native`")?;
    let mut measured = vec![Measured {
        name: SUPERVISOR,
        process: &record.supervisor,
    }];
    for part in &record.parts {
        let process = part.alive();
        let process = process.with_context(|| format!("{} does not run", part.name))?;
        measured.push(Measured {
            name: &part.name,
            process,
        });
    }
    terminal.say(&format!(
        "Measuring {} parts without load: {} s",
        record.parts.len(),
        request.idle
    ));
    let idle = phase::measure(&measured, Duration::from_secs(request.idle))?;
    terminal.say(&format!(
        "Measuring at {} requests/s: {} s",
        request.rate, request.load
    ));
    let (loaded, said) = under_load(root, project, request, &record.parts, &measured)?;
    terminal.say(&said);
    terminal.say("");
    let ready = start::read(root).unwrap_or_default();
    report::show(root, request.rate, &ready, &idle, &loaded, terminal)
}

/// Measures while `load.sh` runs, and answers its last line too.
fn under_load(
    root: &Root,
    project: &Project,
    request: &Request,
    parts: &[PartRecord],
    measured: &[Measured<'_>],
) -> Result<(Vec<phase::Cost>, String)> {
    let api = parts.iter().find(|part| part.name == "api");
    let Some(listen) = api.and_then(|part| part.listens.first()) else {
        bail!("there is no api to send requests to");
    };
    let script = project.path("load.sh");
    let load = Command::new(&script)
        .arg(request.rate.to_string())
        .arg(over_loopback(&format!("http://{}", listen.address)))
        .args(["--duration", &request.load.to_string()])
        .current_dir(root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to run {}", script.display()))?;
    let costs = phase::measure(measured, Duration::from_secs(request.load));
    let output = load.wait_with_output();
    let output = output.with_context(|| format!("failed to run {}", script.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let mut said = last.unwrap_or_default().trim().to_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        said.push_str(&format!(
            "\nNot the load it was to be, so figures under load may be off: {}",
            complaint.trim()
        ));
    }
    Ok((costs?, said))
}

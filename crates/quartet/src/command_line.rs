//! What a user may type.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::parts::Mode;
use crate::project::Project;
use crate::root::Root;
use crate::terminal::Terminal;
use crate::{clean, doctor, down, jobs, logs, status, supervise, up, verify};

/// Starts, stops and watches a Quartet.
#[derive(Debug, Parser)]
#[command(name = "quartet", version)]
pub(crate) struct CommandLine {
    /// Directory that holds `run/` and `data/`
    #[arg(long, global = true, default_value = ".", value_name = "DIRECTORY")]
    root: PathBuf,
    /// Directory that holds `deploy/` and `observability/`
    #[arg(long, global = true, default_value = ".", value_name = "DIRECTORY")]
    project: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start all parts in the background and wait until they are ready
    Up {
        #[arg(value_enum, default_value_t = Mode::Embedded)]
        mode: Mode,
        /// How long the parts may take to become ready
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        patience: u64,
    },
    /// Stop all parts
    Down,
    /// Show every part; exits with 3 unless all are up
    Status,
    /// Show what the parts wrote
    Logs(logs::Request),
    /// Show the jobs that orders wait for, newest first
    Jobs(jobs::Request),
    /// Follow every link between signals, and print a table; exits with 1 unless all hold
    Verify(verify::Request),
    /// Count signals at every hop, and name the first that loses them; exits with 1 if one does
    Doctor(doctor::Request),
    /// Stop all parts and delete their data and logs
    Clean,
    /// Own the output of the parts
    #[command(hide = true)]
    Supervise,
}

/// Runs what was asked for.
pub(crate) fn run(line: CommandLine) -> Result<ExitCode> {
    let root = Root::new(&line.root)?;
    let project = Project::new(&line.project)?;
    let terminal = Terminal::new();
    match line.command {
        Command::Up { mode, patience } => {
            let patience = Duration::from_secs(patience);
            up::up(&root, &project, mode, patience, &terminal)?
        }
        Command::Down => down::down(&root, &terminal)?,
        Command::Status => return status::status(&root, &terminal),
        Command::Logs(request) => logs::logs(&root, &request, &terminal)?,
        Command::Jobs(request) => jobs::jobs(&root, &project, &request, &terminal)?,
        Command::Verify(request) => {
            return verify::verify(&root, &project, &request, &terminal);
        }
        Command::Doctor(request) => {
            return doctor::doctor(&root, &project, &request, &terminal);
        }
        Command::Clean => clean::clean(&root, &terminal)?,
        Command::Supervise => supervise::supervise(&root)?,
    }
    Ok(ExitCode::SUCCESS)
}

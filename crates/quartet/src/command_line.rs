//! What a user may type.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

use crate::compose::{self, Stack};
use crate::parts::Mode;
use crate::project::Project;
use crate::record::Record;
use crate::root::Root;
use crate::terminal::Terminal;
use crate::{clean, doctor, down, footprint, jobs, logs, ready, status, supervise, up, verify};

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
        /// Without it: compose where a Docker engine answers, else embedded
        #[arg(value_enum)]
        mode: Option<Way>,
        /// How long the parts may take to become ready
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        patience: u64,
        #[command(flatten)]
        name: compose::Name,
        #[command(flatten)]
        how: compose::How,
    },
    /// Stop all parts
    Down(compose::Name),
    /// Show every part; exits with 3 unless all are up
    Status(compose::Name),
    /// Show what the parts wrote
    Logs {
        #[command(flatten)]
        request: logs::Request,
        #[command(flatten)]
        name: compose::Name,
    },
    /// Show the jobs that orders wait for, newest first
    Jobs(jobs::Request),
    /// Follow every link between signals, and print a table; exits with 1 unless all hold
    Verify(verify::Request),
    /// Count signals at every hop, and name the first that loses them; exits with 1 if one does
    Doctor(doctor::Request),
    /// Stop all parts and delete their data and logs
    Clean(compose::Name),
    /// Ask whether who serves these addresses is ready
    Ready(ready::Request),
    /// Measure what the running parts cost: memory, processor, disk, time to ready
    Footprint(footprint::Request),
    /// Own the output of the parts
    #[command(hide = true)]
    Supervise,
}

/// How the parts are run.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    /// The services as plain processes on `SQLite`, and nothing else
    Embedded,
    /// With the backends beside them, as plain processes too
    Native,
    /// Everything in containers, by Docker Compose
    Compose,
}

impl Way {
    fn usual() -> Self {
        match compose::answers() {
            true => Self::Compose,
            false => Self::Embedded,
        }
    }

    /// The mode, if it is one of processes.
    fn mode(self) -> Option<Mode> {
        match self {
            Self::Embedded => Some(Mode::Embedded),
            Self::Native => Some(Mode::Native),
            Self::Compose => None,
        }
    }
}

/// Runs what was asked for.
pub(crate) fn run(line: CommandLine) -> Result<ExitCode> {
    let root = Root::new(&line.root)?;
    let project = Project::new(&line.project)?;
    let terminal = Terminal::new();
    match line.command {
        Command::Up {
            mode,
            patience,
            name,
            how,
        } => {
            let patience = Duration::from_secs(patience);
            match mode.unwrap_or_else(Way::usual).mode() {
                Some(mode) => up::up(&root, &project, mode, patience, &terminal)?,
                None => {
                    let stack = Stack::asked(&root, &project, &name)?;
                    compose::up(&stack, &how, patience, &terminal)?;
                }
            }
        }
        Command::Down(name) => {
            let stacks = Stack::known(&root, &project, &name)?;
            let started: Vec<_> = stacks.iter().filter(|stack| stack.is_started()).collect();
            for stack in &started {
                compose::down(stack, &terminal)?;
            }
            let processes = started.is_empty() || Record::read(&root)?.is_some();
            if name.is_any() && processes {
                down::down(&root, &terminal)?;
            }
        }
        Command::Status(name) => {
            return match Stack::running(&root, &project, &name)? {
                Some(stack) => compose::status(&stack, &terminal),
                None => status::status(&root, &terminal),
            };
        }
        Command::Logs { request, name } => match Stack::running(&root, &project, &name)? {
            Some(stack) => compose::logs(&stack, &request)?,
            None => logs::logs(&root, &request, &terminal)?,
        },
        Command::Jobs(request) => jobs::jobs(&root, &project, &request, &terminal)?,
        Command::Verify(request) => {
            return verify::verify(&root, &project, &request, &terminal);
        }
        Command::Doctor(request) => {
            return doctor::doctor(&root, &project, &request, &terminal);
        }
        Command::Clean(name) => {
            for stack in Stack::known(&root, &project, &name)? {
                compose::clean(&stack, &terminal)?;
            }
            if name.is_any() {
                clean::clean(&root, &terminal)?;
            }
        }
        Command::Ready(request) => ready::ready(&request, &terminal)?,
        Command::Footprint(request) => footprint::footprint(&root, &project, &request, &terminal)?,
        Command::Supervise => supervise::supervise(&root)?,
    }
    Ok(ExitCode::SUCCESS)
}

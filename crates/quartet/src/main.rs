//! `quartet`: starts, stops and watches the parts; knows them by address and file only.

mod clean;
mod command_line;
mod down;
mod jobs;
mod logs;
mod order;
mod parts;
mod plan;
mod port;
mod probe;
mod process;
mod project;
mod record;
mod root;
mod start;
mod status;
mod stop;
mod supervise;
mod terminal;
mod up;
mod variables;

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::{CommandLine, run};

fn main() -> ExitCode {
    match run(CommandLine::parse()) {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

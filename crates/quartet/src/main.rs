//! `quartet`: starts, stops and watches the parts; knows them by address and file only.

mod clean;
mod command_line;
mod compose;
mod disk;
mod doctor;
mod down;
mod footprint;
mod jobs;
mod links;
mod logs;
mod order;
mod parts;
mod plan;
mod port;
mod probe;
mod process;
mod project;
mod ready;
mod record;
mod root;
mod start;
mod status;
mod stop;
mod stores;
mod supervise;
mod terminal;
mod up;
mod variables;
mod verify;

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

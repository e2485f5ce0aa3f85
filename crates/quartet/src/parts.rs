//! What runs in each mode, as tables: one line of thought per part, nothing computed.

mod embedded;
mod native;
mod services;

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use services::{FULFILMENT, FULFILMENT_OPERATIONS, OF_ONE_PART, SHARED};

/// How the services are run, of the ways that are processes of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// The services as plain processes on `SQLite`, and nothing else
    Embedded,
    /// With the backends beside them, as plain processes too
    Native,
}

impl Mode {
    pub(crate) fn table(self) -> &'static Table {
        match self {
            Self::Embedded => &embedded::TABLE,
            Self::Native => &native::TABLE,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Native => "native",
        })
    }
}

/// All of one mode. Texts may hold `${NAME}` of its variables, and `${project}`, where the checkout lies.
#[derive(Debug)]
pub(crate) struct Table {
    /// Files of the project whose variables are defaults; every backend is told them.
    pub(crate) files: &'static [&'static str],
    /// Defaults beyond those of the files, in the order in which they refer to each other.
    pub(crate) defaults: &'static [&'static [(&'static str, &'static str)]],
    /// In the order in which they are shown. They start in parallel.
    pub(crate) parts: &'static [Part],
    /// What to do once all are ready: a command, and what it is for.
    pub(crate) next: &'static [(&'static str, &'static str)],
}

/// A process that belongs to a Quartet.
#[derive(Debug)]
pub(crate) struct Part {
    /// Name of the part in every command, of its log, and of the folder with its data.
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) arguments: &'static [&'static str],
    /// Variables of the mode that it is told.
    pub(crate) told: &'static [&'static str],
    /// What it is told besides; what the user's environment sets wins.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// Where it listens, each with the variable by which the user moves it.
    pub(crate) listens: &'static [(&'static str, &'static str)],
    /// The URL that answers 200 once it is ready.
    pub(crate) ready: &'static str,
    pub(crate) stop: Stop,
    /// What a person may want to look at: a title, and an address or a command. A path in `<>` stands for what the
    /// file below the root says by then.
    pub(crate) places: &'static [(&'static str, &'static str)],
    /// What of `observability/` decides how it behaves.
    pub(crate) configuration: Option<Configuration>,
}

/// Where a program lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// Beside this one, with the name of the part.
    Service,
    /// Where `deploy/native/build` keeps it.
    Backend(&'static str),
}

/// How a part is brought to an end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Stop {
    /// Parts with a lower turn end first: who sends before who receives.
    pub(crate) turn: u8,
    /// How long it has between SIGTERM and SIGKILL.
    pub(crate) grace: Duration,
}

/// The files that a backend reads.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Its folder in the project. A change in it is a reason to start afresh, and variables of its `*.env` are told
    /// to this part alone: flags, and what bounds its memory.
    pub(crate) folder: &'static str,
    /// A file of that folder with `%{NAME}` in it, of which the part reads a copy: from the project, below the root.
    pub(crate) rendered: Option<(&'static str, &'static str)>,
}

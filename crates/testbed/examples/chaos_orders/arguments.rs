use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Kills services and database at random instants under load, and counts whether an order was lost or doubled
#[derive(Parser)]
pub(crate) struct Arguments {
    /// How many kills
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) kills: u32,
    /// Which database both services share
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    pub(crate) database: Kind,
    /// Repeats the schedule of an earlier run
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Leaves the logs behind, also when all is well
    #[arg(long)]
    pub(crate) keep: bool,
    /// The program of the service `api`
    #[arg(long)]
    pub(crate) api: PathBuf,
    /// The program of the service `fulfilment`
    #[arg(long)]
    pub(crate) fulfilment: PathBuf,
}

/// A database by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

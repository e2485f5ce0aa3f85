//! Runs the variants against each other and prints what telemetry costs.
//!
//! The server has one core to itself; load, sinks and scraper share the other.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use variants::Variant;

use rounds::Rounds;
use sinks::Sinks;

mod cpu;
mod load;
mod report;
mod rounds;
mod run;
mod scrape;
mod server;
mod sinks;
mod statistics;

/// What telemetry costs: added CPU at a fixed rate, and throughput at saturation
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// The server under test
    #[arg(long)]
    server: PathBuf,
    /// Where the raw figures go
    #[arg(long)]
    output: PathBuf,
    /// How often each variant is run
    #[arg(long, default_value_t = 6)]
    rounds: usize,
    /// How long each measurement lasts, without its second of warming up: by default as long as a profile
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Requests per second of the first measurement
    #[arg(long, default_value_t = 5_000)]
    rate: u32,
    /// Only these variants, by name
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// One short round, to see that all of it works
    #[arg(long)]
    quick: bool,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        arguments.rounds = 1;
        arguments.seconds = 1.0;
    }
    let mut core = CpuSet::new();
    core.set(1)?;
    sched_setaffinity(Pid::from_raw(0), &core)?;
    // Without it, sleeps of the load generator last up to 50 µs longer than asked for.
    fs::write("/proc/self/timerslack_ns", "1")?;

    let sinks = Sinks::start()?;
    let rounds = Rounds {
        count: arguments.rounds,
        rate: arguments.rate,
        duration: Duration::from_secs_f64(arguments.seconds),
        variants: arguments.variants()?,
    };
    let compared = rounds.run(&arguments.server, &sinks)?;
    let report = report::Report::of(&rounds, &compared)?;
    fs::write(&arguments.output, serde_json::to_vec_pretty(&report)?)?;
    write!(std::io::stdout(), "{report}")?;
    Ok(())
}

impl Arguments {
    fn variants(&self) -> anyhow::Result<Vec<Variant>> {
        for name in &self.only {
            anyhow::ensure!(Variant::named(name).is_some(), "{name} is no variant");
        }
        let wanted = |variant: &Variant| {
            let is_named = self.only.is_empty() || self.only.iter().any(|n| n == variant.name());
            *variant != Variant::Bare && is_named
        };
        Ok(Variant::ALL.into_iter().filter(wanted).collect())
    }
}

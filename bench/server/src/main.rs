//! The service under test: one handler, and around it what the variant says.
//!
//! Its addresses are the first lines of stderr; stdout belongs to the lines of the variant.

use std::io::Write;
use std::net::SocketAddr;

use clap::Parser;
use variants::Variant;

mod handler;
mod off_the_shelf;
mod quartet;

#[derive(Debug, Parser)]
struct Arguments {
    /// What is carried around the handler
    #[arg(long, value_parser = |name: &str| Variant::named(name).ok_or("no such variant"))]
    variant: Variant,
    /// Where spans go, OTLP over gRPC
    #[arg(long)]
    collector: String,
    /// Where profiles go
    #[arg(long)]
    profiles: String,
    /// The core that all threads stay on, background work included
    #[arg(long, default_value_t = 0)]
    core: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut cores = nix::sched::CpuSet::new();
    cores.set(arguments.core)?;
    nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &cores)?;

    match arguments.variant {
        Variant::Bare => quartet::bare(),
        Variant::Profiles => quartet::beside(&arguments),
        Variant::OffTheShelf => off_the_shelf::run(&arguments),
        _ => quartet::run(&arguments),
    }
}

/// Tells the runner where a part of the server listens.
fn announce(part: &str, addresses: &[SocketAddr]) -> std::io::Result<()> {
    let mut stderr = std::io::stderr().lock();
    for address in addresses {
        writeln!(stderr, "{part} {address}")?;
    }
    Ok(())
}

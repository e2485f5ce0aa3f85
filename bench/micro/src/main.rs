//! Instructions of single operations: the same figures on a busy machine as on a quiet one.
//!
//! Without `--operation` it runs each operation in a process of its own under callgrind, and prints a table.

use std::io::Write;
use std::net::TcpListener;

use clap::Parser;

mod callgrind;
mod operations;
mod request;

/// What one operation of telemetry costs in instructions
#[derive(Debug, Parser)]
struct Arguments {
    /// Does this operation, to be counted from outside
    #[arg(long)]
    operation: Option<String>,
    /// Prints each operation's functions with the most instructions of their own
    #[arg(long)]
    functions: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(name) = arguments.operation {
        // Something that accepts spans and does nothing, so that the queue is part of what is counted.
        let collector = TcpListener::bind(("127.0.0.1", 0))?;
        let operation = operations::ALL
            .iter()
            .find(|operation| operation.name == name)
            .ok_or_else(|| anyhow::anyhow!("{name} is no operation"))?;
        return (operation.run)(collector.local_addr()?);
    }
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "| operation | instructions | above bare |\n|---|---|---|"
    )?;
    let mut bare: Option<i64> = None;
    for operation in operations::ALL {
        let counted = callgrind::count(operation)?;
        let above = match (operation.is_request, bare) {
            (true, Some(bare)) => (counted.instructions - bare).to_string(),
            _ => String::new(),
        };
        bare.get_or_insert(counted.instructions);
        let (name, instructions) = (operation.name, counted.instructions);
        writeln!(stdout, "| {name} | {instructions} | {above} |")?;
        if arguments.functions {
            writeln!(stdout, "{}", counted.functions)?;
        }
    }
    Ok(())
}

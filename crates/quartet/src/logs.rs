//! `quartet logs`: what the parts wrote.

pub(crate) mod file;
pub(crate) mod pump;
pub(crate) mod tail;

use std::io::{self, ErrorKind};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::root::Root;
use crate::terminal::Terminal;
use tail::Tail;

/// The supervisor's own log has this name among those of the parts.
pub(crate) const SUPERVISE: &str = "supervise";

/// Short enough to look live, long enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Which lines to show.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// One part only, such as `api`; without it: all
    pub(crate) part: Option<String>,
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many of the last lines of each part
    #[arg(short = 'n', long, default_value_t = 100)]
    pub(crate) lines: usize,
}

/// Prints the last lines, and those that follow if that was asked for.
pub(crate) fn logs(root: &Root, request: &Request, terminal: &Terminal) -> Result<()> {
    match show(root, request, terminal) {
        // `quartet logs | head` is no failure.
        Err(error)
            if error
                .downcast_ref::<io::Error>()
                .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe) =>
        {
            Ok(())
        }
        outcome => outcome,
    }
}

fn show(root: &Root, request: &Request, terminal: &Terminal) -> Result<()> {
    let names = names(root, request.part.as_deref())?;
    let mut tails = Vec::new();
    for name in &names {
        let prefix = match names.len() {
            1 => String::new(),
            _ => format!("{name} | "),
        };
        let path = root.log(name);
        let (lines, tail) = Tail::open(path.clone(), request.lines)
            .with_context(|| format!("failed to read {}", path.display()))?;
        print(terminal, &prefix, &lines)?;
        tails.push((prefix, tail));
    }
    if !request.follow {
        if !tails.iter().any(|(_, tail)| tail.exists()) {
            bail!("nothing was written yet: start the parts with `just up`");
        }
        return Ok(());
    }
    loop {
        for (prefix, tail) in &mut tails {
            print(terminal, prefix, &tail.more()?)?;
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn names<'a>(root: &Root, part: Option<&'a str>) -> Result<Vec<&'a str>> {
    let parts = root.mode().table().parts.iter();
    let all: Vec<&str> = parts.map(|part| part.name).collect();
    match part {
        None => Ok(all),
        Some(name) if name == SUPERVISE || all.contains(&name) => Ok(vec![name]),
        Some(name) => bail!(
            "no part is called {name}: there are {}, {SUPERVISE}",
            all.join(", ")
        ),
    }
}

fn print(terminal: &Terminal, prefix: &str, lines: &[Vec<u8>]) -> io::Result<()> {
    let mut text = Vec::new();
    for line in lines {
        text.extend_from_slice(prefix.as_bytes());
        text.extend_from_slice(line);
    }
    terminal.write(&text)
}

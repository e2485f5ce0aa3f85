//! `quartet ready`: asks for those whose own images cannot whether they are ready.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::probe::{Readiness, readiness};
use crate::terminal::Terminal;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whom to ask.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Addresses that answer 200 once who serves them is ready
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// Go on asking, and say so whenever an answer is another one
    #[arg(long)]
    stay: bool,
}

/// Asks each once, and fails with the first that is not ready; or stays until it is told to stop.
pub(crate) fn ready(request: &Request, terminal: &Terminal) -> Result<()> {
    if request.stay {
        return watch(&request.urls, terminal);
    }
    for url in &request.urls {
        let found = readiness(url);
        ensure!(found == Readiness::Ready, "{url}: {}", found.word());
    }
    Ok(())
}

fn watch(urls: &[String], terminal: &Terminal) -> Result<()> {
    // Without a handler the first process of a container would not hear them.
    let mut signals = Signals::new([SIGTERM, SIGINT]).context("failed to listen to signals")?;
    let (stop, stopped) = mpsc::channel();
    thread::spawn(move || {
        signals.forever().next();
        let _ = stop.send(());
    });
    let mut known = vec![None; urls.len()];
    loop {
        for (url, known) in urls.iter().zip(&mut known) {
            let found = readiness(url).word();
            if known.replace(found) != Some(found) {
                terminal.say(&format!("ready=\"{found}\" url={url}"));
            }
        }
        if stopped.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
            return Ok(());
        }
    }
}

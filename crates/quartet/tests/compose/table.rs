//! The outcome: a line per check, as it ends.
#![expect(clippy::print_stdout, reason = "the table is the outcome")]

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

/// What was checked so far.
#[derive(Default)]
pub(crate) struct Table {
    passed: usize,
    failed: Vec<String>,
}

impl Table {
    /// Checks one thing, and says how that went.
    pub(crate) fn row(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        let began = Instant::now();
        let outcome = check();
        let seconds = began.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("{seconds:7.1} s  ok      {name}");
            }
            Err(error) => {
                println!("{seconds:7.1} s  FAILED  {name}: {error:#}");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// Says why one thing cannot be checked here.
    pub(crate) fn not_here(&self, name: &str, reason: &str) {
        println!("           n/a     {name}: {reason}");
    }

    pub(crate) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// The last line, and the exit code.
    pub(crate) fn end(&self) -> ExitCode {
        println!("\n{} passed, {} failed", self.passed, self.failed.len());
        match self.has_failed() {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}

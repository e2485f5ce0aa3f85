//! Planted breaks: `verify` names the link that they break and no other, `doctor` the hop or the setting. And a restart,
//! which must lose nothing.
//!
//! One native stack serves all of them in turn, so they bring their own `main`. Part of a name runs those that have it.
#![expect(clippy::print_stdout, reason = "this program talks to a person")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod breaks;
mod checkout;
mod said;
mod stack;
mod stores;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use stack::Stack;

fn main() -> ExitCode {
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let filter = filter.unwrap_or_default();
    let chosen = breaks::ALL
        .iter()
        .filter(|(name, _)| name.contains(&filter));
    let mut stack = Stack::start();
    let mut failed = Vec::new();
    for (name, test) in chosen {
        let began = Instant::now();
        // The next one finds the stack mended, whatever this one left behind.
        let outcome = catch_unwind(AssertUnwindSafe(|| test(&mut stack)));
        stack.mend();
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!(
            "test {name} ... {word}, {:.0} s",
            began.elapsed().as_secs_f64()
        );
        if outcome.is_err() {
            failed.push(*name);
        }
    }
    match failed.as_slice() {
        [] => ExitCode::SUCCESS,
        failed => {
            stack.keep();
            println!("failed: {}", failed.join(", "));
            ExitCode::FAILURE
        }
    }
}

//! Planted breaks: `verify` names the link that they break and no other, `doctor` the hop or the setting. And a restart,
//! which must lose nothing.
//!
//! A native stack serves a group of them in turn, so they bring their own `main`; the groups run at the same time, because
//! most of it is waiting. Part of a name runs those that have it.
#![expect(clippy::print_stdout, reason = "this program talks to a person")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod breaks;
mod checkout;
mod said;
mod stack;
mod stores;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use breaks::{Group, Test};
use stack::Stack;

fn main() -> ExitCode {
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let filter = filter.as_deref().unwrap_or_default();
    let failed: Vec<_> = thread::scope(|scope| {
        let groups = breaks::ALL.map(|group| scope.spawn(move || run(group, filter)));
        let failed = groups.into_iter().map(|group| group.join().unwrap());
        failed.flatten().collect()
    });
    match failed.as_slice() {
        [] => ExitCode::SUCCESS,
        failed => {
            println!("failed: {}", failed.join(", "));
            ExitCode::FAILURE
        }
    }
}

/// Runs those of a group that have this in their names, and tells which failed.
fn run(group: Group, filter: &str) -> Vec<&'static str> {
    let mut shared = None;
    let mut failed = Vec::new();
    for (name, test) in group.iter().filter(|(name, _)| name.contains(filter)) {
        let began = Instant::now();
        let is_ok = match test {
            Test::Alone(test) => catch_unwind(test).is_ok(),
            Test::Shared(test) => on(shared.get_or_insert_with(Stack::start), test),
        };
        let word = if is_ok { "ok" } else { "FAILED" };
        let seconds = began.elapsed().as_secs_f64();
        println!("test {name} ... {word}, {seconds:.0} s");
        if !is_ok {
            failed.push(*name);
        }
    }
    if let Some(stack) = shared.as_mut().filter(|_| !failed.is_empty()) {
        stack.keep();
    }
    failed
}

/// Whether a test passes. The next one finds the stack mended, whatever this one left behind.
fn on(stack: &mut Stack, test: &fn(&mut Stack)) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| test(stack)));
    stack.mend();
    outcome.is_ok()
}

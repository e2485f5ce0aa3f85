//! What the console takes in on one core, and how long searches over full rings last: `just bench-console`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]

mod batches;
mod load;
mod rings;

use std::path::Path;

fn main() {
    rings::run();
    // Examples are built beside the program itself.
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    load::run(&folder.join("console"));
}

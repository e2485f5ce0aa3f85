//! Programs of the workspace that a package's tests start and that it does not build.

use std::process::Command;

/// Builds the programs that these integration tests of the workspace are built with.
///
/// It chooses what `cargo test --workspace` chooses: another choice of packages or tests has other features, and cargo
/// would build most crates once more.
pub fn build_programs_of(tests: &[&str]) {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--workspace", "--no-run", "--quiet", "--locked"]);
    for test in tests {
        command.args(["--test", test]);
    }
    assert!(command.status().unwrap().success(), "{command:?}");
}

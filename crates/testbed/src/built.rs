//! Programs of the workspace that a package's tests start and that it does not build.

use std::env;
use std::process::Command;

/// What cargo tells a test of its package. Build scripts look at it, and all that stands on them would be built anew.
const OF_PACKAGE: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

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
    for (name, _) in env::vars_os() {
        let is = |prefix| name.to_string_lossy().starts_with(prefix);
        if OF_PACKAGE.into_iter().any(is) {
            command.env_remove(&name);
        }
    }
    assert!(command.status().unwrap().success(), "{command:?}");
}

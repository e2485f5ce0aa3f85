//! Programs of the workspace that a package's tests start and that it does not build.

use std::env;
use std::ffi::OsString;
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
    // Build scripts look at these, and all that stands on them would be built anew.
    for variable in of_package() {
        command.env_remove(variable);
    }
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// The variables by which cargo tells a test of its package.
#[expect(
    clippy::disallowed_methods,
    reason = "not what they say, only which there are"
)]
fn of_package() -> impl Iterator<Item = OsString> {
    let names = env::vars_os().map(|(name, _)| name);
    names.filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")
    })
}

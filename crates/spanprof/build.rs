//! Warns where the sampler would find no stacks: the flag comes from whoever builds the program.

use std::env;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts by variables"
)]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let on_linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if on_linux && !forced(&flags) {
        println!(
            "cargo::warning=frame pointers are not forced, so samples would have no stacks: \
             build with RUSTFLAGS=\"-C force-frame-pointers=yes\""
        );
    }
}

/// The last flag counts, as it does for the compiler.
fn forced(flags: &str) -> bool {
    flags
        .split('\x1f')
        .filter_map(|flag| {
            flag.trim_start_matches("-C")
                .trim()
                .strip_prefix("force-frame-pointers")
        })
        .next_back()
        .is_some_and(|value| {
            matches!(
                value,
                "" | "=y" | "=yes" | "=on" | "=true" | "=always" | "=non-leaf"
            )
        })
}

//! The registers that a walk starts from: all of this crate that differs between processors.

pub(super) use arch::{ABI, frame_pointer, interrupted, stack_pointer, thread_pointer};

#[cfg(target_arch = "x86_64")]
#[path = "registers/x86_64.rs"]
mod arch;

#[cfg(target_arch = "aarch64")]
#[path = "registers/aarch64.rs"]
mod arch;

#![doc = include_str!("../README.md")]

pub use counters::{Counters, counters};
pub use label::{Label, Labelled, labelled, with_label};
pub use profiler::{Profiler, Sample, Settings, StartError, start};

mod counters;
mod label;
mod profiler;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod sampler;

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[path = "unsupported.rs"]
mod sampler;

//! CPU profiles, in which each sampled request has a flame graph of its own.
//!
//! Threads are sampled by the CPU time they use. A sample knows the span whose future was being polled, and
//! a span that was hit says so in its attribute `pyroscope.profile.id`, by which its flame graph is found.

pub use root::{Labelled, Root, labelled};

#[cfg(feature = "profiles")]
mod encode;
#[cfg(feature = "profiles")]
mod fates;
#[cfg(all(feature = "profiles", feature = "heap"))]
mod heap;
#[cfg(feature = "profiles")]
mod plain;
#[cfg(feature = "profiles")]
mod profiler;
#[cfg_attr(not(feature = "profiles"), path = "profiles/no_root.rs")]
mod root;
#[cfg(feature = "profiles")]
mod sender;
#[cfg(all(feature = "profiles", target_os = "linux"))]
mod spans;
#[cfg(feature = "profiles")]
mod stacks;
#[cfg(all(feature = "profiles", target_os = "linux"))]
mod symbols;

#[cfg(feature = "profiles")]
pub(crate) use profiler::Profiles;

use std::{error, fmt, io};

use crate::sampler;

/// How to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Samples per second of CPU time of each thread, 1 to 1,000. The kernel looks at timers once per
    /// tick (100 to 1,000 a second): above that samples get heavier, not more.
    pub hz: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hz: 100 }
    }
}

/// Starts to sample all threads of the process. There can be one profiler at a time.
pub fn start(settings: Settings) -> Result<Profiler, StartError> {
    if !(1..=1_000).contains(&settings.hz) {
        return Err(StartError::Rate(settings.hz));
    }
    let period_ns = 1_000_000_000 / u64::from(settings.hz);
    Ok(Profiler {
        sampler: sampler::Sampler::start(period_ns)?,
    })
}

/// The one profiler of the process, which samples until it is stopped or dropped.
#[derive(Debug)]
pub struct Profiler {
    sampler: sampler::Sampler,
}

impl Profiler {
    /// Hands on the samples taken since the last call. There is room for about 8,000: call every second.
    pub fn drain(&mut self, each: impl FnMut(Sample<'_>)) {
        self.sampler.drain(each);
    }

    /// Takes no more samples; those taken can still be drained.
    pub fn stop(&mut self) {
        self.sampler.stop();
    }
}

impl Drop for Profiler {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A moment at which a thread was using the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The span of the label that the thread had, zero without one.
    pub span: u64,
    /// The kernel's id of the thread.
    pub thread: u32,
    /// The CPU time that the sample stands for.
    pub nanoseconds: u64,
    /// What ran, and its callers: the leaf's own address, then one within each call.
    pub pcs: &'a [usize],
}

/// Why no samples are taken.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Not Linux on x86-64 or aarch64.
    Unsupported,
    /// The rate is not within 1 to 1,000.
    Rate(u32),
    /// There is a profiler already.
    Running,
    /// The program was built without frame pointers, so there would be no stacks.
    NoFramePointers,
    /// Somebody else handles `SIGPROF`.
    SignalTaken,
    /// The kernel refused something, which is named.
    Refused(&'static str, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => f.write_str("cpu samples need linux on x86-64 or aarch64"),
            Self::Rate(hz) => write!(f, "sampling rate {hz} hz is not within 1 to 1000"),
            Self::Running => f.write_str("this process has a profiler already"),
            Self::NoFramePointers => f.write_str("this program was built without frame pointers"),
            Self::SignalTaken => f.write_str("signal SIGPROF has another handler"),
            Self::Refused(what, _) => write!(f, "failed to {what}"),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Refused(_, source) => Some(source),
            _ => None,
        }
    }
}

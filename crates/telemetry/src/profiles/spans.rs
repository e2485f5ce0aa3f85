//! Samples that know their span, as a backend of the `pyroscope` crate.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use pyroscope::backend::{Backend, ReportBatch, ReportData, ThreadTag};
use spanprof::{Counters, Profiler, StartError};
use tokio::sync::Notify;

use super::encode::Encoder;
use super::fates::Fates;
use super::profiler::{CPU, HZ, PERIOD};
use super::stacks::Stacks;
use super::symbols::Symbols;

/// The sampler's ring has room for many seconds of few threads, and for one of many.
const DRAIN: Duration = Duration::from_secs(1);

/// The profiler that labels each sample with the span that was being polled.
pub(super) struct Spans {
    shared: Arc<Shared>,
    symbols: Symbols,
    since: SystemTime,
    /// Ends the thread that drains when it is dropped.
    draining: Option<mpsc::Sender<()>>,
}

struct Shared {
    profiler: Mutex<Profiler>,
    stacks: Mutex<Stacks>,
    counted: Mutex<Counters>,
    fates: Fates,
    filling: Arc<Notify>,
}

impl Spans {
    /// Begins to sample; `filling` is told when a profile should be made before its time.
    pub(super) fn start(fates: Fates, filling: Arc<Notify>) -> Result<Self, StartError> {
        let profiler = spanprof::start(spanprof::Settings { hz: HZ })?;
        Ok(Self {
            shared: Arc::new(Shared {
                profiler: Mutex::new(profiler),
                stacks: Mutex::default(),
                counted: Mutex::new(spanprof::counters()),
                fates,
                filling,
            }),
            symbols: Symbols::default(),
            since: SystemTime::now(),
            draining: None,
        })
    }

    fn profile(&mut self) -> Vec<u8> {
        self.shared.drain();
        let stacks = std::mem::take(&mut *self.shared.stacks.lock());
        let until = SystemTime::now();
        let since = std::mem::replace(&mut self.since, until);
        self.symbols.refresh();
        let mut profile = Encoder::new(PERIOD);
        for (stack, time) in stacks.into_sorted() {
            let frames = self.symbols.of_stack(&stack.pcs);
            if !profile.add(stack.span, &frames, time) {
                let samples = time.as_nanos() / PERIOD.as_nanos();
                let samples = u64::try_from(samples).unwrap_or(u64::MAX);
                self.shared.fates.too_large.inc_by(samples.max(1));
            }
        }
        profile.finish(since, until)
    }
}

impl Backend for Spans {
    fn initialize(&mut self) -> pyroscope::Result<()> {
        let (draining, ended) = mpsc::channel::<()>();
        let shared = self.shared.clone();
        std::thread::Builder::new()
            .name("profiles".to_owned())
            .spawn(move || {
                while ended.recv_timeout(DRAIN) == Err(RecvTimeoutError::Timeout) {
                    shared.drain();
                }
            })?;
        self.draining = Some(draining);
        Ok(())
    }

    fn shutdown(mut self: Box<Self>) -> pyroscope::Result<()> {
        self.shared.profiler.lock().stop();
        self.draining = None;
        Ok(())
    }

    fn report(&mut self) -> pyroscope::Result<ReportBatch> {
        Ok(ReportBatch {
            profile_type: CPU.to_owned(),
            data: ReportData::RawPprof(self.profile()),
        })
    }

    // Tags of threads would be of whatever future the thread polls next.
    fn add_tag(&self, _: ThreadTag) -> pyroscope::Result<()> {
        Ok(())
    }

    fn remove_tag(&self, _: ThreadTag) -> pyroscope::Result<()> {
        Ok(())
    }
}

impl Shared {
    /// Takes what was sampled since the last call.
    fn drain(&self) {
        let mut profiler = self.profiler.lock();
        let mut stacks = self.stacks.lock();
        profiler.drain(|sample| {
            let time = Duration::from_nanos(sample.nanoseconds);
            if !stacks.add(sample.span, sample.pcs, time) {
                self.fates.too_many_stacks.inc();
            }
        });
        if stacks.is_filling() {
            self.filling.notify_one();
        }
        self.count();
    }

    fn count(&self) {
        let now = spanprof::counters();
        let before = std::mem::replace(&mut *self.counted.lock(), now);
        let fates = &self.fates;
        let time = Duration::from_nanos(now.sampled_ns.saturating_sub(before.sampled_ns));
        fates.sampled(now.samples.saturating_sub(before.samples), time);
        fates
            .ring_full
            .inc_by(now.dropped.saturating_sub(before.dropped));
        let truncated = now.truncated.saturating_sub(before.truncated);
        fates.truncated.inc_by(truncated);
        let number = |threads| i64::try_from(threads).unwrap_or(i64::MAX);
        fates.watched.set(number(now.threads_watched));
        fates.unwatched.set(number(now.threads_unwatched));
    }
}

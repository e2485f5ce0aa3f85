//! The profiler of this process, from the first sample to the last push.

use std::sync::{Arc, mpsc as blocking};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pyroscope::backend::{Backend, BackendImpl, BackendReady};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::fates::Fates;
use super::plain::Plain;
use super::root::switch_labels;
use super::sender::Sender;
use crate::metrics::Metrics;
use crate::settings::Settings;

/// Samples per second of CPU time: above it the kernel's ticks, 250 a second where this was measured, are too few.
pub(super) const HZ: u32 = 100;

/// The CPU time between two samples of a thread.
pub(super) const PERIOD: Duration = Duration::from_millis(1_000 / HZ as u64);

/// How long the sender has, after its deadline, to count what it could not send.
const COUNTING: Duration = Duration::from_millis(300);

/// What Pyroscope calls profiles of CPU time.
pub(super) const CPU: &str = "process_cpu";

/// Profiles on their way to Pyroscope.
#[derive(Debug)]
pub(crate) struct Profiles {
    closing: watch::Sender<Option<Instant>>,
    finished: Mutex<blocking::Receiver<()>>,
}

impl Profiles {
    /// Begins to sample and to send; where nothing can be sampled or sent, a line says so and the service goes on.
    pub(crate) fn start(settings: &Settings, metrics: &Metrics, runtime: &Handle) -> Option<Self> {
        let endpoint = settings.profiles.endpoint.as_deref()?;
        let fates = Fates::register(metrics);
        let filling = Arc::new(Notify::new());
        let (closing, closes) = watch::channel(None);
        let (done, finished) = blocking::channel();
        let sender = Sender::to(endpoint, settings, fates.clone(), filling.clone(), closes);
        let sender = match sender {
            Ok(sender) => sender,
            Err(error) => {
                tracing::warn!(%error, "no profiles: the client of pyroscope cannot be built");
                return None;
            }
        };
        let backends = backends(&fates, filling);
        if backends.is_empty() {
            return None;
        }
        runtime.spawn(async move {
            sender.run(backends).await;
            // Nobody listens once the budget of the shutdown is spent.
            let _late = done.send(());
        });
        Some(Self {
            closing,
            finished: Mutex::new(finished),
        })
    }

    /// Asks for a last profile, to be sent by `deadline`.
    pub(crate) fn close(&self, deadline: Instant) {
        self.closing.send_replace(Some(deadline));
    }

    /// Waits until the last profile is sent, or the deadline over and what was lost is counted.
    pub(crate) fn finish(&self, deadline: Instant) {
        let left = (deadline + COUNTING).saturating_duration_since(Instant::now());
        // The sender itself has counted what was lost.
        let _outcome = self.finished.lock().recv_timeout(left);
        switch_labels(false);
    }
}

fn backends(fates: &Fates, filling: Arc<Notify>) -> Vec<BackendImpl<BackendReady>> {
    let mut backends = Vec::new();
    backends.extend(cpu(fates, filling));
    #[cfg(feature = "heap")]
    backends.extend(super::heap::start());
    backends
}

/// The profiler with span labels, else the one without, else none: one line says which and why.
fn cpu(fates: &Fates, filling: Arc<Notify>) -> Option<BackendImpl<BackendReady>> {
    let reason = match labelling(fates, filling) {
        Ok(ready) => {
            fates.span_labels.set(1);
            switch_labels(true);
            return Some(ready);
        }
        Err(reason) => reason,
    };
    match Plain::start(fates.clone()).and_then(ready) {
        Ok(ready) => {
            tracing::warn!(reason, "cpu profiles have no span labels");
            Some(ready)
        }
        Err(error) => {
            tracing::warn!(reason, %error, "no cpu profiles");
            None
        }
    }
}

#[cfg(target_os = "linux")]
fn labelling(fates: &Fates, filling: Arc<Notify>) -> Result<BackendImpl<BackendReady>, String> {
    let spans =
        super::spans::Spans::start(fates.clone(), filling).map_err(|error| chain(&error))?;
    ready(spans).map_err(|error| chain(&error))
}

#[cfg(not(target_os = "linux"))]
fn labelling(_: &Fates, _: Arc<Notify>) -> Result<BackendImpl<BackendReady>, String> {
    Err("only linux has timers of each thread's cpu time".to_owned())
}

fn ready(backend: impl Backend + 'static) -> pyroscope::Result<BackendImpl<BackendReady>> {
    BackendImpl::new(Box::new(backend)).initialize()
}

/// An error with what led to it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

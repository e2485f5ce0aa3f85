//! The runtime that sends spans and profiles.
//!
//! It is the crate's own, because an exporter on a server's runtime loses its last batch when that runtime ends
//! (open-telemetry/opentelemetry-rust#2583).

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};

use crate::InitError;
use crate::settings::Settings;

/// A runtime, if there is anything to send.
#[derive(Debug)]
pub(crate) struct Runtime(Mutex<Option<tokio::runtime::Runtime>>);

impl Runtime {
    pub(crate) fn start(settings: &Settings) -> Result<Self, InitError> {
        if settings.traces.endpoint.is_none() && settings.profiles.endpoint.is_none() {
            return Ok(Self(Mutex::new(None)));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("telemetry")
            .enable_all()
            .build()
            .map_err(InitError::Runtime)?;
        Ok(Self(Mutex::new(Some(runtime))))
    }

    pub(crate) fn handle(&self) -> Option<Handle> {
        Some(self.0.lock().as_ref()?.handle().clone())
    }

    /// Ends it without waiting for what it does.
    pub(crate) fn stop(&self) {
        if let Some(runtime) = self.0.lock().take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Runtime {
    /// A runtime that is merely dropped waits, which panics on the thread of another one.
    fn drop(&mut self) {
        self.stop();
    }
}

//! Circuit breakers: what keeps failing is left alone for a while, so that nobody waits for it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use telemetry::Metrics;
use telemetry::logs::Occasional;
use tokio::time::Instant;

use measures::{Families, Measures};
use state::{Change, Circuit, Ticket};

mod measures;
mod state;

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Failures in a row that open it. `QUARTET_BREAKER_FAILURES`.
    pub failures: u32,
    /// How long it stays open before one call may try again. `QUARTET_BREAKER_OPEN_MS`.
    pub open_for: Duration,
}

/// What the breakers of a process share: their metric families.
#[derive(Clone, Debug)]
pub struct Breakers {
    families: Families,
}

/// The breaker of one service that is called; a clone is the same breaker.
#[derive(Clone)]
pub struct Breaker {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static str,
    circuit: Mutex<Circuit>,
    measures: Measures,
    told: Occasional,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E> {
    /// It was not made: the breaker is open, or waits for its one trial.
    #[error("the circuit breaker is open")]
    Open,
    /// It was made, and failed.
    #[error(transparent)]
    Failed(E),
}

impl Breakers {
    /// Call it once per process: it registers the metric families.
    pub fn register(metrics: &Metrics) -> Self {
        Self {
            families: Families::register(metrics),
        }
    }

    /// A closed breaker for calls of `service`; its series are there from now on.
    pub fn breaker(&self, service: &'static str, settings: Settings) -> Breaker {
        tracing::info!(
            peer.service = service,
            failures = settings.failures,
            open_ms = u64::try_from(settings.open_for.as_millis()).unwrap_or(u64::MAX),
            "{service} circuit breaker is there"
        );
        Breaker {
            inner: Arc::new(Inner {
                service,
                circuit: Mutex::new(Circuit::new(settings)),
                measures: self.families.of(service),
                told: Occasional::default(),
            }),
        }
    }
}

impl Breaker {
    /// Awaits `call` if the breaker lets it through, and judges it by its outcome.
    /// A call that is dropped says nothing; if it was the trial, the next one is.
    ///
    /// # Errors
    /// [`CallError::Open`] at once and without polling `call`; else those of `call`.
    pub async fn call<T, E: Error + 'static>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        let Some(permit) = self.permit() else {
            return Err(CallError::Open);
        };
        match call.await {
            Ok(value) => {
                permit.end(true);
                Ok(value)
            }
            Err(error) => {
                self.failed(&error);
                permit.end(false);
                Err(CallError::Failed(error))
            }
        }
    }

    fn permit(&self) -> Option<Permit<'_>> {
        let mut circuit = self.inner.circuit.lock();
        let (ticket, change) = circuit.admit(Instant::now())?;
        self.changed(change);
        Some(Permit {
            breaker: self,
            ticket: Some(ticket),
        })
    }

    fn failed(&self, error: &(dyn Error + 'static)) {
        self.inner.measures.failures.inc();
        if let Some(failures) = self.inner.told.happened(1) {
            let service = self.inner.service;
            tracing::warn!(
                peer.service = service,
                error,
                failures,
                "{service} circuit breaker counted a failure"
            );
        }
    }

    /// Called under the lock, so that changes are shown in their order.
    fn changed(&self, change: Option<Change>) {
        let Some(Change { from, to }) = change else {
            return;
        };
        self.inner.measures.changed(from, to);
        let service = self.inner.service;
        let verb = to.verb();
        tracing::warn!(
            peer.service = service,
            from = from.as_str(),
            to = to.as_str(),
            "{service} circuit breaker {verb}"
        );
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("service", &self.inner.service)
            .field("circuit", &*self.inner.circuit.lock())
            .finish_non_exhaustive()
    }
}

/// Leave to make one call, given back when dropped.
struct Permit<'a> {
    breaker: &'a Breaker,
    ticket: Option<Ticket>,
}

impl Permit<'_> {
    fn end(mut self, well: bool) {
        if let Some(ticket) = self.ticket.take() {
            let mut circuit = self.breaker.inner.circuit.lock();
            self.breaker
                .changed(circuit.record(&ticket, well, Instant::now()));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.inner.circuit.lock().forget(&ticket);
        }
    }
}

//! The bounded queue between the code that ends spans and the collector.

use std::sync::{Arc, mpsc as blocking};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};
use tokio::sync::{Notify, watch};

use crate::metrics::Metrics;
use crate::settings::Traces;
use fates::{Fates, Losses};
use waiting::{Refused, Waiting};

mod fates;
mod waiting;

/// How long the sender has, after the budget of the shutdown, to count what it could not send.
const COUNTING: Duration = Duration::from_millis(300);

/// Takes ended spans without ever waiting; a task on another runtime sends them in batches.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Arc<Waiting>,
    fates: Fates,
    losses: Arc<Losses>,
    flush: Arc<Notify>,
    /// Until when what waits may be sent, once the end is near.
    closing: watch::Sender<Option<Instant>>,
    finished: parking_lot::Mutex<blocking::Receiver<u64>>,
}

impl Queue {
    pub(super) fn start<E: SpanExporter + 'static>(
        exporter: E,
        runtime: &tokio::runtime::Handle,
        settings: &Traces,
        metrics: &Metrics,
    ) -> Self {
        let waiting = Arc::new(Waiting::new(settings.queue_size, settings.batch_size));
        let (done, finished) = blocking::channel();
        let (closing, closes) = watch::channel(None);
        let fates = Fates::register(metrics, settings.queue_size);
        let flush = Arc::new(Notify::new());
        let losses = Arc::new(Losses::default());
        let sender = Sender {
            waiting: waiting.clone(),
            exporter,
            delay: settings.schedule_delay,
            timeout: settings.timeout,
            fates: fates.clone(),
            losses: losses.clone(),
            flush: flush.clone(),
            closing: closes,
            too_late: 0,
        };
        runtime.spawn(async move {
            // Nobody listens once the budget of the shutdown is spent.
            let _late = done.send(sender.run().await);
        });
        Self {
            waiting,
            fates,
            losses,
            flush,
            closing,
            finished: parking_lot::Mutex::new(finished),
        }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        // Counted before it is sent, so that the other side never counts down first.
        self.fates.waiting.inc();
        match self.waiting.add(span) {
            Ok(()) => {
                self.fates.queued.inc();
            }
            Err(Refused::Full) => {
                self.fates.waiting.dec();
                self.fates.queue_full.inc();
                if let Some(spans) = self.losses.full.happened(1) {
                    Losses::tell_full(spans);
                }
            }
            Err(Refused::Closed) => {
                self.fates.waiting.dec();
                self.fates.shut_down.inc();
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush.notify_one();
        Ok(())
    }

    fn shutdown_with_timeout(&self, budget: Duration) -> OTelSdkResult {
        let first = self.closing.send_if_modified(|closing| {
            let first = closing.is_none();
            closing.get_or_insert(Instant::now() + budget);
            first
        });
        if !first {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let too_late = self.finished.lock().recv_timeout(budget + COUNTING);
        self.losses.tell_rest();
        match too_late {
            Ok(0) => Ok(()),
            Ok(spans) => {
                tracing::warn!(spans, "spans lost: the collector took too long at shutdown");
                Err(OTelSdkError::Timeout(budget))
            }
            Err(_) => {
                let spans = self.fates.waiting.get();
                tracing::warn!(spans, "spans lost: the collector took too long at shutdown");
                Err(OTelSdkError::Timeout(budget))
            }
        }
    }
}

/// The other end of the queue.
struct Sender<E> {
    waiting: Arc<Waiting>,
    exporter: E,
    delay: Duration,
    timeout: Duration,
    fates: Fates,
    losses: Arc<Losses>,
    flush: Arc<Notify>,
    closing: watch::Receiver<Option<Instant>>,
    too_late: u64,
}

impl<E: SpanExporter> Sender<E> {
    /// Sends until the end, and says how many spans the end came too early for.
    async fn run(mut self) -> u64 {
        while let Some(batch) = self.next_batch().await {
            self.send(batch).await;
            self.losses.tell_due();
        }
        self.too_late
    }

    /// Waits for a span, then until the batch is full or its time is up; `None` once closed and empty.
    async fn next_batch(&mut self) -> Option<Vec<SpanData>> {
        let mut filled_by = None;
        loop {
            if let Some(full) = self.waiting.take_full() {
                return Some(full);
            }
            if self.waiting.is_closed() {
                return Some(self.waiting.take()).filter(|batch| !batch.is_empty());
            }
            if !self.waiting.is_empty() {
                filled_by.get_or_insert_with(|| Instant::now() + self.delay);
            }
            tokio::select! {
                () = self.waiting.work() => {}
                () = until(filled_by) => return Some(self.waiting.take()),
                // From here on nothing is added, and what is there is handed out without waiting.
                _ = self.closing.changed() => self.waiting.close(),
                () = self.flush.notified() => {
                    if !self.waiting.is_empty() {
                        return Some(self.waiting.take());
                    }
                }
            }
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        let mut closing = self.closing.clone();
        let outcome = tokio::select! {
            biased;
            () = expired(&mut closing) => {
                self.too_late += spans;
                None
            }
            outcome = tokio::time::timeout(self.timeout, self.exporter.export(batch)) => Some(outcome),
        };
        let lost = match outcome {
            Some(Ok(Ok(()))) => {
                self.fates.exported.inc_by(spans);
                None
            }
            Some(Ok(Err(OTelSdkError::Timeout(_))) | Err(_)) => {
                self.fates.timed_out.inc_by(spans);
                Some("no answer in time".to_owned())
            }
            Some(Ok(Err(error))) => {
                self.fates.failed.inc_by(spans);
                Some(error.to_string())
            }
            None => {
                self.fates.timed_out.inc_by(spans);
                None
            }
        };
        // Last, so that an empty queue means that each span is counted.
        self.fates
            .waiting
            .dec_by(i64::try_from(spans).unwrap_or(i64::MAX));
        if let Some(reason) = lost
            && let Some(spans) = self.losses.failed.happened(spans)
        {
            Losses::tell_failed(spans, &reason);
        }
    }
}

/// Returns once the time that the end leaves for sending is over.
async fn expired(closing: &mut watch::Receiver<Option<Instant>>) {
    let deadline = match closing.wait_for(Option::is_some).await {
        Ok(deadline) => *deadline,
        // Dropped without a shutdown: what is left may take the usual time.
        Err(_) => None,
    };
    until(deadline).await;
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

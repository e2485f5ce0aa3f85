//! The bounded queue between the code that ends spans and the collector.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc as blocking};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{Notify, mpsc};

use crate::logs::Occasional;
use crate::metrics::Metrics;
use crate::settings::Traces;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    error_type: &'static str,
}

/// What became of each span, by the names that OpenTelemetry's conventions give an SDK's own metrics.
#[derive(Clone, Debug)]
struct Fates {
    queued: Counter,
    queue_full: Counter,
    shut_down: Counter,
    exported: Counter,
    failed: Counter,
    timed_out: Counter,
    waiting: Gauge,
}

impl Fates {
    fn register(metrics: &Metrics, capacity: usize) -> Self {
        let processed = Family::<Outcome, Counter>::default();
        let exported = Family::<Outcome, Counter>::default();
        let of = |family: &Family<Outcome, Counter>, error_type| {
            family.get_or_create_owned(&Outcome { error_type })
        };
        let size = Gauge::<i64>::default();
        size.set(i64::try_from(capacity).unwrap_or(i64::MAX));
        let fates = Self {
            queued: of(&processed, ""),
            queue_full: of(&processed, "queue_full"),
            shut_down: of(&processed, "shutdown"),
            exported: of(&exported, ""),
            failed: of(&exported, "rejected"),
            timed_out: of(&exported, "timeout"),
            waiting: Gauge::default(),
        };
        metrics.register(
            "otel_sdk_processor_span_processed",
            "Spans taken into the queue, or dropped before it",
            processed,
        );
        metrics.register(
            "otel_sdk_exporter_span_exported",
            "Spans the collector took, or that were lost on the way",
            exported,
        );
        metrics.register(
            "otel_sdk_processor_span_queue_size",
            "Spans that wait to be sent",
            fates.waiting.clone(),
        );
        metrics.register(
            "otel_sdk_processor_span_queue_capacity",
            "Spans that may wait to be sent",
            size,
        );
        fates
    }
}

/// Takes ended spans without ever waiting; a task on another runtime sends them in batches.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    fates: Fates,
    full: Occasional,
    closing: Arc<Closing>,
    finished: parking_lot::Mutex<blocking::Receiver<()>>,
}

#[derive(Debug, Default)]
struct Closing {
    asked: AtomicBool,
    wake: Notify,
}

impl Queue {
    pub(super) fn start<E: SpanExporter + 'static>(
        exporter: E,
        runtime: &tokio::runtime::Handle,
        settings: &Traces,
        metrics: &Metrics,
    ) -> Self {
        let (spans, waiting) = mpsc::channel(settings.queue_size);
        let (done, finished) = blocking::channel();
        let fates = Fates::register(metrics, settings.queue_size);
        let closing = Arc::new(Closing::default());
        let sender = Sender {
            waiting,
            exporter,
            batch_size: settings.batch_size,
            delay: settings.schedule_delay,
            timeout: settings.timeout,
            fates: fates.clone(),
            failures: Occasional::default(),
            closing: closing.clone(),
        };
        runtime.spawn(async move {
            sender.run().await;
            // Nobody listens once the budget of the shutdown is spent.
            let _late = done.send(());
        });
        Self {
            spans,
            fates,
            full: Occasional::default(),
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
        if self.closing.asked.load(Ordering::Acquire) {
            self.fates.shut_down.inc();
            return;
        }
        // Counted before it is sent, so that the other side never counts down first.
        self.fates.waiting.inc();
        if self.spans.try_send(span).is_ok() {
            self.fates.queued.inc();
        } else {
            self.fates.waiting.dec();
            self.fates.queue_full.inc();
            if let Some(spans) = self.full.happened(1) {
                tracing::warn!(spans, "spans dropped: the queue is full");
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.closing.wake.notify_one();
        Ok(())
    }

    fn shutdown_with_timeout(&self, budget: Duration) -> OTelSdkResult {
        if self.closing.asked.swap(true, Ordering::AcqRel) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.closing.wake.notify_one();
        if self.finished.lock().recv_timeout(budget).is_ok() {
            return Ok(());
        }
        let lost = self.fates.waiting.get();
        tracing::warn!(
            spans = lost,
            "spans lost: the collector took too long at shutdown"
        );
        Err(OTelSdkError::Timeout(budget))
    }
}

/// The other end of the queue.
struct Sender<E> {
    waiting: mpsc::Receiver<SpanData>,
    exporter: E,
    batch_size: usize,
    delay: Duration,
    timeout: Duration,
    fates: Fates,
    failures: Occasional,
    closing: Arc<Closing>,
}

impl<E: SpanExporter> Sender<E> {
    async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            self.send(batch).await;
        }
    }

    /// Waits for a span, then until the batch is full or its time is up; `None` once closing and empty.
    async fn next_batch(&mut self) -> Option<Vec<SpanData>> {
        let mut batch = Vec::new();
        let mut filled_by = None;
        loop {
            if self.closing.asked.load(Ordering::Acquire) {
                self.take_what_is_there(&mut batch);
                return (!batch.is_empty()).then_some(batch);
            }
            let room = self.batch_size - batch.len();
            if room == 0 {
                return Some(batch);
            }
            tokio::select! {
                taken = self.waiting.recv_many(&mut batch, room) => {
                    if taken == 0 {
                        return (!batch.is_empty()).then_some(batch);
                    }
                    filled_by.get_or_insert_with(|| Instant::now() + self.delay);
                }
                () = until(filled_by) => return Some(batch),
                () = self.closing.wake.notified() => {
                    if !self.closing.asked.load(Ordering::Acquire) && !batch.is_empty() {
                        return Some(batch);
                    }
                }
            }
        }
    }

    fn take_what_is_there(&mut self, batch: &mut Vec<SpanData>) {
        while batch.len() < self.batch_size {
            match self.waiting.try_recv() {
                Ok(span) => batch.push(span),
                Err(_) => return,
            }
        }
    }

    async fn send(&self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        let outcome = tokio::time::timeout(self.timeout, self.exporter.export(batch)).await;
        self.fates
            .waiting
            .dec_by(i64::try_from(spans).unwrap_or(i64::MAX));
        let (fate, reason) = match outcome {
            Ok(Ok(())) => {
                self.fates.exported.inc_by(spans);
                return;
            }
            Ok(Err(OTelSdkError::Timeout(_))) | Err(_) => {
                (&self.fates.timed_out, "no answer in time".to_owned())
            }
            Ok(Err(error)) => (&self.fates.failed, error.to_string()),
        };
        fate.inc_by(spans);
        if let Some(spans) = self.failures.happened(spans) {
            tracing::warn!(spans, reason, "spans lost: the collector did not take them");
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

//! Whose CPU time it is.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, ready};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use spanprof::Label;

/// By this attribute of a span Grafana finds its flame graph.
const PROFILE_ID: &str = "pyroscope.profile.id";

/// Whether there is a sampler that reads labels; one per process, as the signal it lives on.
static LABELS: AtomicBool = AtomicBool::new(false);

pub(super) fn switch_labels(on: bool) {
    LABELS.store(on, Ordering::Relaxed);
}

/// Runs `future` with its CPU time under the span of `context`.
///
/// For the root of what a service does: a request, a job, a message. Spans that are not sampled leave no label,
/// as nobody could open their flame graph.
/// The span has to end after the future, for it is then that it learns whether a sample hit it.
pub fn labelled<F: Future>(context: &Context, future: F) -> Labelled<F> {
    Root::of(context).labelled(future)
}

/// The span that CPU time is to be under, if it is sampled and there is a sampler.
#[derive(Debug)]
pub struct Root {
    hit: Option<Hit>,
}

impl Root {
    /// The span of `context`.
    pub fn of(context: &Context) -> Self {
        let span = context.span();
        let span = span.span_context();
        let read = LABELS.load(Ordering::Relaxed) && span.is_sampled();
        Self {
            hit: read.then(|| Hit {
                label: Label::new(u64::from_be_bytes(span.span_id().to_bytes())),
                context: context.clone(),
            }),
        }
    }

    /// Calls `f` under the span.
    pub fn within<T>(&self, f: impl FnOnce() -> T) -> T {
        match &self.hit {
            Some(hit) => spanprof::with_label(&hit.label, f),
            None => f(),
        }
    }

    /// The future under the span, whichever threads poll it.
    pub fn labelled<F: Future>(self, future: F) -> Labelled<F> {
        match self.hit {
            Some(hit) => Labelled::Sampled {
                future: spanprof::labelled(hit.label.clone(), future),
                hit: Some(hit),
            },
            None => Labelled::Plain { future },
        }
    }
}

/// Tells the span that samples hit it, once its work is done or dropped.
#[derive(Debug)]
struct Hit {
    label: Label,
    context: Context,
}

impl Drop for Hit {
    fn drop(&mut self) {
        if 0 < self.label.hits() {
            let id = format!("{:016x}", self.label.span());
            self.context
                .span()
                .set_attribute(KeyValue::new(PROFILE_ID, id));
        }
    }
}

pin_project_lite::pin_project! {
    /// A future whose CPU time is under a span; see [`labelled`].
    #[project = Projected]
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub enum Labelled<F> {
        /// Of a span that nobody samples.
        #[doc(hidden)]
        Plain {
            #[pin]
            future: F,
        },
        /// Of a span that is sampled.
        #[doc(hidden)]
        Sampled {
            // Dropped first, so that what its drop costs counts too.
            #[pin]
            future: spanprof::Labelled<F>,
            hit: Option<Hit>,
        },
    }
}

impl<F: Future> Future for Labelled<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<F::Output> {
        match self.project() {
            Projected::Plain { future } => future.poll(context),
            Projected::Sampled { future, hit } => {
                let output = ready!(future.poll(context));
                drop(hit.take());
                Poll::Ready(output)
            }
        }
    }
}

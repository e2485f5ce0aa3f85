//! Spans: how they are sampled, queued and sent.

use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::propagation::composite::TextMapCompositePropagator;
use opentelemetry::trace::TracerProvider;
#[cfg(any(feature = "actix", feature = "messaging"))]
use opentelemetry::trace::{Link, SpanContext, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::InitError;
use crate::metrics::Metrics;
use crate::runtime::Runtime;
use crate::settings::{self, Propagator, Settings};
#[cfg(all(feature = "tls", feature = "profiles"))]
pub(crate) use exporter::provide_cryptography;
use queue::Queue;

mod exporter;
mod queue;

/// The tracer of this crate's own spans.
pub(crate) type ServiceTracer = SdkTracer;

/// The provider of tracers.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: ServiceTracer,
}

impl Traces {
    /// What is to be sent is sent on `runtime`.
    pub(crate) fn new(
        settings: &Settings,
        metrics: &Metrics,
        runtime: &Runtime,
    ) -> Result<Self, InitError> {
        let resource = Resource::builder_empty()
            .with_attributes(
                crate::identity::resource(settings)
                    .into_iter()
                    .map(|(key, value)| KeyValue::new(key, value)),
            )
            .build();
        let mut builder = SdkTracerProvider::builder()
            .with_sampler(sampler(settings.traces.sampler))
            .with_resource(resource.clone());
        if let Some(endpoint) = &settings.traces.endpoint
            && let Some(runtime) = runtime.handle()
        {
            let exporter = {
                let _entered = runtime.enter();
                exporter::build(&settings.traces, endpoint, &resource)?
            };
            builder = builder.with_span_processor(Queue::start(
                exporter,
                &runtime,
                &settings.traces,
                metrics,
            ));
        }
        let provider = builder.build();
        let scope = InstrumentationScope::builder("quartet-telemetry")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Ok(Self {
            tracer: provider.tracer_with_scope(scope),
            provider,
        })
    }

    pub(crate) fn tracer(&self) -> &ServiceTracer {
        &self.tracer
    }

    pub(crate) fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// Sends what waits, for at most `budget`; blocks, so not to be called on a runtime's thread.
    pub(crate) fn shutdown(&self, budget: Duration) {
        // A queue that could not be emptied has counted and reported what was lost.
        let _reported = self.provider.shutdown_with_timeout(budget);
    }
}

/// A link to `span`, if there is one: by its ids alone, because its `tracestate` can be 16 kB and means nothing
/// outside its own trace.
#[cfg(any(feature = "actix", feature = "messaging"))]
pub(crate) fn link_to(span: &SpanContext) -> Option<Link> {
    let bare = SpanContext::new(
        span.trace_id(),
        span.span_id(),
        span.trace_flags(),
        span.is_remote(),
        TraceState::NONE,
    );
    span.is_valid().then(|| Link::with_context(bare))
}

fn sampler(settings: settings::Sampler) -> opentelemetry_sdk::trace::Sampler {
    use opentelemetry_sdk::trace::Sampler;
    let root = if settings.ratio >= 1.0 {
        Sampler::AlwaysOn
    } else if settings.ratio <= 0.0 {
        Sampler::AlwaysOff
    } else {
        Sampler::TraceIdRatioBased(settings.ratio)
    };
    if settings.parent_based {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    }
}

pub(crate) fn propagator(formats: &[Propagator]) -> TextMapCompositePropagator {
    let formats = formats
        .iter()
        .map(|format| -> Box<dyn TextMapPropagator + Send + Sync> {
            match format {
                Propagator::TraceContext => Box::new(TraceContextPropagator::new()),
                Propagator::Baggage => Box::new(BaggagePropagator::new()),
            }
        });
    TextMapCompositePropagator::new(formats.collect())
}

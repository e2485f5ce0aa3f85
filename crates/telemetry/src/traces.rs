//! Spans: how they are sampled, queued and sent.

use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::propagation::composite::TextMapCompositePropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::InitError;
use crate::metrics::Metrics;
use crate::settings::{self, Propagator, Settings};
use queue::Queue;

mod exporter;
mod queue;

/// The tracer of this crate's own spans.
pub(crate) type ServiceTracer = SdkTracer;

/// The provider of tracers, and the runtime that sends what they make.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: ServiceTracer,
    // Own, because an exporter on a server's runtime loses its last batch when that runtime ends
    // (open-telemetry/opentelemetry-rust#2583).
    runtime: parking_lot::Mutex<Option<tokio::runtime::Runtime>>,
}

impl Traces {
    pub(crate) fn new(settings: &Settings, metrics: &Metrics) -> Result<Self, InitError> {
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
        let mut runtime = None;
        if let Some(endpoint) = &settings.traces.endpoint {
            let sending = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("telemetry")
                .enable_all()
                .build()
                .map_err(InitError::Runtime)?;
            let exporter = {
                let _entered = sending.enter();
                exporter::build(&settings.traces, endpoint, &resource)?
            };
            builder = builder.with_span_processor(Queue::start(
                exporter,
                sending.handle(),
                &settings.traces,
                metrics,
            ));
            runtime = Some(sending);
        }
        let provider = builder.build();
        let scope = InstrumentationScope::builder("quartet-telemetry")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Ok(Self {
            tracer: provider.tracer_with_scope(scope),
            provider,
            runtime: parking_lot::Mutex::new(runtime),
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
        self.stop_runtime();
    }

    fn stop_runtime(&self) {
        if let Some(runtime) = self.runtime.lock().take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Traces {
    /// A runtime that is merely dropped waits, which panics on the thread of another one.
    fn drop(&mut self) {
        self.stop_runtime();
    }
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

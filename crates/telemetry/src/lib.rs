#![doc = include_str!("../README.md")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::propagation::composite::TextMapCompositePropagator;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

pub use logs::LogLayer;
pub use metrics::Metrics;
pub use request::{Request, untraced};
pub use settings::Settings;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "db")]
pub mod db;
mod digits;
#[cfg(any(feature = "client", feature = "db", feature = "messaging"))]
mod error_type;
#[cfg(feature = "actix")]
pub mod http;
mod identity;
pub mod logs;
#[cfg(feature = "messaging")]
pub mod messaging;
pub mod metrics;
mod panics;
pub mod profiles;
mod request;
mod runtime;
pub mod settings;
mod traces;

/// Why telemetry could not be set up. Nothing here depends on a backend being there.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The exporter refused its settings.
    #[error("the OTLP exporter cannot be built: {0}")]
    Exporter(String),
    /// No thread could be started to send spans.
    #[error("the runtime of telemetry cannot be started")]
    Runtime(#[source] std::io::Error),
    /// No thread could be started to write lines, or there is no stdout.
    #[error("the log writer cannot be started")]
    Output(#[source] std::io::Error),
    /// The process has a subscriber already.
    #[error("telemetry is set up already: a process has one subscriber")]
    Twice,
}

/// The signals of one service. A clone is the same handle.
#[derive(Clone, Debug)]
pub struct Telemetry {
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    settings: Settings,
    metrics: Metrics,
    traces: traces::Traces,
    propagator: TextMapCompositePropagator,
    output: logs::Output,
    // One per process, so set by `init` alone.
    #[cfg(feature = "profiles")]
    profiles: std::sync::OnceLock<profiles::Profiles>,
    // Last, so that whoever sends on it is gone when it ends.
    runtime: runtime::Runtime,
}

/// Sets up all signals of this process: lines on stdout, panics as lines, spans of the `tracing` crate, CPU profiles.
///
/// # Errors
/// [`InitError`]; an absent or broken backend is none.
pub fn init(settings: Settings) -> Result<Telemetry, InitError> {
    let telemetry = Telemetry::new(settings, stdout().map_err(InitError::Output)?)?;
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .try_init()
        .map_err(|_| InitError::Twice)?;
    opentelemetry::global::set_text_map_propagator(traces::propagator(
        &telemetry.parts.settings.propagators,
    ));
    opentelemetry::global::set_tracer_provider(telemetry.parts.traces.provider().clone());
    panics::log();
    for name in &telemetry.parts.settings.ignored {
        tracing::warn!(
            variable = name,
            "this OpenTelemetry variable is not implemented and has no effect"
        );
    }
    #[cfg(feature = "profiles")]
    telemetry.start_profiles();
    Ok(telemetry)
}

impl Telemetry {
    /// A handle with its own registry and span sink and none of what a process has only once:
    /// no subscriber, no panic hook, and lines go nowhere. For tests and for several services in one process.
    ///
    /// # Errors
    /// [`InitError`], as [`init`].
    pub fn detached(settings: Settings) -> Result<Self, InitError> {
        Self::new(settings, std::io::sink())
    }

    fn new(
        settings: Settings,
        stdout: impl std::io::Write + Send + 'static,
    ) -> Result<Self, InitError> {
        let metrics = Metrics::new(&identity::labels(&settings));
        let output = logs::Output::start(stdout, &settings.service_name, &metrics)
            .map_err(InitError::Output)?;
        let runtime = runtime::Runtime::start(&settings)?;
        let parts = Parts {
            traces: traces::Traces::new(&settings, &metrics, &runtime)?,
            propagator: traces::propagator(&settings.propagators),
            metrics,
            output,
            #[cfg(feature = "profiles")]
            profiles: std::sync::OnceLock::new(),
            runtime,
            settings,
        };
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    #[cfg(feature = "profiles")]
    fn start_profiles(&self) {
        let Some(runtime) = self.parts.runtime.handle() else {
            return;
        };
        let started =
            profiles::Profiles::start(&self.parts.settings, &self.parts.metrics, &runtime);
        if let Some(started) = started {
            // A process has one subscriber, so this is the first time.
            self.parts.profiles.get_or_init(|| started);
        }
    }

    /// The registry, to which a service adds its own metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }

    /// What telemetry was told.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// The tracer of the crate's own spans, for further ones beside them.
    pub fn tracer(&self) -> &opentelemetry_sdk::trace::SdkTracer {
        self.parts.traces.tracer()
    }

    /// The formats that carry context between services, as the settings name them.
    pub fn propagator(&self) -> &TextMapCompositePropagator {
        &self.parts.propagator
    }

    /// The current context in the formats of [`Self::propagator`], for what is carried by other means than HTTP.
    pub fn carried_context(&self) -> std::collections::HashMap<String, String> {
        let mut carried = std::collections::HashMap::new();
        self.propagator()
            .inject_context(&opentelemetry::Context::current(), &mut carried);
        carried
    }

    /// Events as lines and spans as OpenTelemetry spans, for those who own their subscriber.
    pub fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let lines = LogLayer::new(self.parts.output.clone(), &self.parts.settings.service_name)
            .with_filter(self.parts.settings.log.clone());
        let spans = tracing_opentelemetry::layer()
            .with_tracer(self.tracer().clone())
            .with_filter(tracing_subscriber::filter::filter_fn(is_ours));
        lines.and_then(spans)
    }

    /// Sends and writes what waits, for at most `budget`, whatever the backends do.
    ///
    /// It blocks: call it outside an async runtime, or from a thread that may block.
    pub fn shutdown(&self, budget: Duration) {
        let deadline = Instant::now() + budget;
        // A third is kept for the lines, the last of which say what became of spans and profiles.
        let sending = budget.mul_f32(0.66);
        #[cfg(feature = "profiles")]
        let sent_by = Instant::now() + sending;
        #[cfg(feature = "profiles")]
        if let Some(profiles) = self.parts.profiles.get() {
            profiles.close(sent_by);
        }
        self.parts.traces.shutdown(sending);
        #[cfg(feature = "profiles")]
        if let Some(profiles) = self.parts.profiles.get() {
            profiles.finish(sent_by);
        }
        self.parts.runtime.stop();
        self.parts
            .output
            .close(deadline.saturating_duration_since(Instant::now()));
    }
}

/// Spans of code, not of the libraries that send them: those would be sent in turn.
fn is_ours(metadata: &tracing::Metadata<'_>) -> bool {
    const SENDERS: [&str; 6] = ["h2", "hyper", "opentelemetry", "reqwest", "tonic", "tower"];
    metadata.is_span()
        && !SENDERS
            .iter()
            .any(|sender| metadata.target().starts_with(sender))
}

/// A handle to stdout without the line buffering of the standard library.
fn stdout() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::io::stdout().as_fd().try_clone_to_owned()?.into())
}

//! The ready-made crates for the same signals, set up as their own documents say.

use std::time::Duration;

use actix_web::middleware::Logger;
use actix_web::{App, HttpServer};
use actix_web_prom::PrometheusMetricsBuilder;
use anyhow::anyhow;
use opentelemetry_instrumentation_actix_web::RequestTracing;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use pyroscope::backend::{BackendConfig, PprofConfig, pprof_backend};
use pyroscope::pyroscope::{PyroscopeAgent, PyroscopeAgentBuilder, PyroscopeAgentRunning};

use crate::{Arguments, announce, handler};

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    env_logger::Builder::new()
        .filter_module("actix_web::middleware::logger", log::LevelFilter::Info)
        .target(env_logger::Target::Stdout)
        .init();
    let traces = traces(&arguments.collector)?;
    let agent = profiles(&arguments.profiles)?;

    let outcome = actix_web::rt::System::new().block_on(serve());

    let stopped = traces.shutdown_with_timeout(Duration::from_secs(3));
    agent.stop()?.shutdown();
    outcome?;
    Ok(stopped?)
}

fn traces(collector: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        // Its processor sends from a thread without a runtime.
        .with_http_client(reqwest::blocking::Client::new())
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{collector}/v1/traces"))
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("bench").build())
        .with_span_processor(BatchSpanProcessor::builder(exporter).build())
        .build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    opentelemetry::global::set_text_map_propagator(
        opentelemetry_sdk::propagation::TraceContextPropagator::new(),
    );
    Ok(provider)
}

fn profiles(server: &str) -> anyhow::Result<PyroscopeAgent<PyroscopeAgentRunning>> {
    let backend = pprof_backend(PprofConfig { sample_rate: 100 }, BackendConfig::default());
    let version = env!("CARGO_PKG_VERSION");
    let agent = PyroscopeAgentBuilder::new(server, "bench", 100, "pyroscope-rs", version, backend)
        .build()?;
    Ok(agent.start()?)
}

async fn serve() -> anyhow::Result<()> {
    let metrics = PrometheusMetricsBuilder::new("bench")
        .endpoint("/metrics")
        .build()
        .map_err(|error| anyhow!("the metrics cannot be set up: {error}"))?;
    let server = HttpServer::new(move || {
        App::new()
            .configure(handler::mount)
            .wrap(RequestTracing::new())
            .wrap(metrics.clone())
            .wrap(Logger::default())
    })
    .workers(1)
    .bind(("127.0.0.1", 0))?;
    announce("public", &server.addrs())?;
    announce("metrics", &server.addrs())?;
    Ok(server.run().await?)
}

//! The sender of spans, over the transport that the settings name.

#[cfg(feature = "tls")]
mod tls;
#[cfg(all(feature = "tls", feature = "profiles"))]
pub(crate) use tls::provide_cryptography;

use std::time::Duration;

use opentelemetry_otlp::{
    Protocol as OtlpProtocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
    WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;

use crate::InitError;
use crate::settings::{Protocol, Traces};

/// By how much the transport is more patient than the queue: the queue gives up first,
/// so that no answer in time always counts as that, and not as the transport's failure.
const LATER: Duration = Duration::from_secs(1);

/// Builds the exporter; needs to run within the runtime that sends.
pub(super) fn build(
    settings: &Traces,
    endpoint: &str,
    resource: &Resource,
) -> Result<SpanExporter, InitError> {
    #[cfg(feature = "tls")]
    tls::provide_cryptography();
    let mut exporter = match settings.protocol {
        Protocol::Grpc => over_grpc(settings, endpoint)?,
        Protocol::HttpProtobuf => over_http(settings, endpoint)?,
    };
    exporter.set_resource(resource);
    Ok(exporter)
}

fn over_grpc(settings: &Traces, endpoint: &str) -> Result<SpanExporter, InitError> {
    let headers: http::HeaderMap = header_map(settings);
    let builder = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(settings.timeout + LATER)
        .with_metadata(tonic::metadata::MetadataMap::from_headers(headers))
        .with_retry_policy(RetryPolicy::default());
    #[cfg(feature = "tls")]
    let builder = match endpoint.starts_with("https:") {
        true => builder.with_tls_config(tls::of_grpc(settings.certificate.as_deref())?),
        false => builder,
    };
    builder
        .build()
        .map_err(|error| InitError::Exporter(error.to_string()))
}

fn over_http(settings: &Traces, endpoint: &str) -> Result<SpanExporter, InitError> {
    let client = reqwest::Client::builder().timeout(settings.timeout + LATER);
    #[cfg(feature = "tls")]
    let client = tls::of_http(client, settings.certificate.as_deref())?;
    let client = client
        .build()
        .map_err(|error| InitError::Exporter(error.to_string()))?;
    SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(OtlpProtocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(settings.timeout + LATER)
        .with_headers(settings.headers.iter().cloned().collect())
        .with_retry_policy(RetryPolicy::default())
        .build()
        .map_err(|error| InitError::Exporter(error.to_string()))
}

fn header_map(settings: &Traces) -> http::HeaderMap {
    settings
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.parse::<http::HeaderName>().ok()?, value.parse().ok()?))
        })
        .collect()
}

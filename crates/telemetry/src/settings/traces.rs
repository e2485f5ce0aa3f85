//! What the environment may say about traces.

use std::path::PathBuf;
use std::time::Duration;

use super::declared;
use super::text::{headers, url};
use super::{Vars, Wrong, millis, whole};

/// How traces are sampled and sent.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Where spans go; without it they are made, but not exported.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub protocol: Protocol,
    /// `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Vec<(String, String)>,
    /// For one batch, all attempts together. `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub timeout: Duration,
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub certificate: Option<PathBuf>,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampler: Sampler,
    /// Spans that may wait. `OTEL_BSP_MAX_QUEUE_SIZE`.
    pub queue_size: usize,
    /// Spans of one request to the collector. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`.
    pub batch_size: usize,
    /// How long a batch may fill. `OTEL_BSP_SCHEDULE_DELAY`.
    pub schedule_delay: Duration,
}

/// The transports of OTLP that this crate speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with binary protobuf.
    HttpProtobuf,
}

/// The samplers of the OpenTelemetry specification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Whether the caller's decision counts.
    pub parent_based: bool,
    /// The share of root traces that are sampled, from 0 to 1.
    pub ratio: f64,
}

impl Traces {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let protocol = vars.parse(&declared::PROTOCOL, |text| match text {
            "grpc" => Some(Protocol::Grpc),
            "http/protobuf" => Some(Protocol::HttpProtobuf),
            _ => None,
        })?;
        let certificate = vars.parse(&declared::CERTIFICATE, |path| {
            (path.is_empty()
                || cfg!(feature = "tls")
                    && std::fs::read(path).is_ok_and(|pem| pem.starts_with(b"-----BEGIN ")))
            .then(|| (!path.is_empty()).then(|| PathBuf::from(path)))
        })?;
        let queue_size: usize = vars.parse(&declared::QUEUE_SIZE, whole(1..=65_536))?;
        Ok(Self {
            endpoint: endpoint(vars, protocol)?,
            protocol,
            headers: vars.parse(&declared::HEADERS, headers)?,
            timeout: vars.parse(&declared::TIMEOUT, millis(1..=600_000))?,
            certificate,
            sampler: sampler(vars)?,
            queue_size,
            batch_size: queue_size.min(vars.parse(&declared::BATCH_SIZE, whole(1..=65_536))?),
            schedule_delay: vars.parse(&declared::SCHEDULE_DELAY, millis(1..=60_000))?,
        })
    }
}

/// The general address gets the signal's path over HTTP; the signal's own address is taken as it is.
///
/// Source: OpenTelemetry protocol exporter specification, "Endpoint URLs for OTLP/HTTP".
fn endpoint(vars: &Vars<'_>, protocol: Protocol) -> Result<Option<String>, Wrong> {
    let own = vars.parse(&declared::TRACES_ENDPOINT, url)?;
    let general = vars
        .parse(&declared::ENDPOINT, url)?
        .map(|general| match protocol {
            Protocol::Grpc => general,
            Protocol::HttpProtobuf => format!("{}/v1/traces", general.trim_end_matches('/')),
        });
    Ok(own.or(general))
}

fn sampler(vars: &Vars<'_>) -> Result<Sampler, Wrong> {
    let ratio = vars.parse(&declared::SAMPLER_ARG, |text| {
        text.parse()
            .ok()
            .filter(|ratio| (0.0..=1.0).contains(ratio))
    })?;
    vars.parse(&declared::SAMPLER, |text| {
        let (parent_based, root) = match text.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, text),
        };
        let ratio = match root {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => ratio,
            _ => return None,
        };
        Some(Sampler {
            parent_based,
            ratio,
        })
    })
}

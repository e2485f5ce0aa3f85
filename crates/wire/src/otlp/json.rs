//! The JSON form of export requests, by way of the protobuf form that all else reads.

use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use prost::Message;
use serde::de::DeserializeOwned;

use super::Error;

/// Empty lists and objects take far more memory than text: real requests have one for every 30 bytes or so.
const LEAST_BYTES_EACH: usize = 8;
/// So many are accepted in a body of any size.
const ALWAYS_ACCEPTED: usize = 64;

/// A signal that OTLP carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metrics.
    Metrics,
}

/// Turns the JSON form of an export request into its protobuf form. Fields that are not known are passed over.
///
/// # Errors
/// A body that is not JSON, not such a request, or made to fill the memory.
pub fn from_json(signal: Signal, body: &[u8]) -> Result<Vec<u8>, Error> {
    let opening = |byte: &&u8| matches!(byte, b'{' | b'[');
    let found = body.iter().filter(opening).count();
    let limit = body.len() / LEAST_BYTES_EACH + ALWAYS_ACCEPTED;
    if limit < found {
        return Err(Error::Crowded { found, limit });
    }
    match signal {
        Signal::Traces => transcode::<ExportTraceServiceRequest>(body),
        Signal::Logs => transcode::<ExportLogsServiceRequest>(body),
        Signal::Metrics => transcode::<ExportMetricsServiceRequest>(body),
    }
}

fn transcode<T: DeserializeOwned + Message>(body: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(serde_json::from_slice::<T>(body)?.encode_to_vec())
}

//! Decoders of the formats that telemetry travels in.
//!
//! Nothing here does I/O: bytes or text go in, plain values or an error come out.

pub mod crowd;
pub mod folded;
pub mod gzip;
pub mod logfmt;
pub mod loki;
pub mod openmetrics;
pub mod otlp;
pub mod pprof;
pub mod promlint;
pub mod push;

//! OTLP metrics as protobuf.
#![no_main]

use wire::otlp::Signal;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("otlp_metrics"), |body: &[u8]| fuzz::push(|intake| intake.otlp(Signal::Metrics, body)));

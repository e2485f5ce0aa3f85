//! OTLP logs as protobuf.
#![no_main]

use wire::otlp::Signal;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("otlp_logs"), |body: &[u8]| fuzz::push(|intake| intake.otlp(Signal::Logs, body)));

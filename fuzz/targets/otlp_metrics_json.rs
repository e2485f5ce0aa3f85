//! OTLP metrics as JSON.
#![no_main]

use wire::otlp::Signal;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("otlp_metrics_json"), |body: &[u8]| fuzz::push(
    |intake| intake.otlp_json(Signal::Metrics, body)
));

//! What a service exposes as OpenMetrics text.
#![no_main]

use wire::openmetrics::Format;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("openmetrics"), |text: &str| fuzz::expose(Format::OpenMetrics, text));

//! What a service exposes in Prometheus' text format.
#![no_main]

use wire::openmetrics::Format;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("prometheus"), |text: &str| fuzz::expose(Format::Prometheus, text));

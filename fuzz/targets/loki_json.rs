//! Loki's push as JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("loki_json"), |body: &[u8]| fuzz::push(|intake| intake.loki_json(body)));

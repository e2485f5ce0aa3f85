//! `/ingest` with a profile in the pprof format, plain or gzip.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("ingest_pprof"), |body: &[u8]| fuzz::ingest("name=a.cpu&format=pprof", "", body));

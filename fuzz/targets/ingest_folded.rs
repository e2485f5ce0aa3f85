//! `/ingest` with folded stacks.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("ingest_folded"), |body: &[u8]| fuzz::ingest("name=a.cpu&format=folded", "", body));

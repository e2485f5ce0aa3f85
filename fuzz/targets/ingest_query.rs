//! The address of `/ingest`, in which the series stands.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("ingest_query"), |query: &str| fuzz::ingest(query, "", b"main;work 1\n"));

//! Pyroscope's push.v1.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("push"), |body: &[u8]| fuzz::push(|intake| intake.profiles(body)));

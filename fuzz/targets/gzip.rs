//! A packed push.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("gzip"), |body: &[u8]| {
    if let Ok(plain) = wire::gzip::decompress(body, fuzz::LIMIT) {
        assert!(plain.len() <= fuzz::LIMIT);
    }
});

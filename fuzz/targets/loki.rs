//! Loki's push as protobuf in a snappy block: the block itself, and what is in one.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("loki"), |body: &[u8]| {
    fuzz::push(|intake| intake.loki(body));
    let block = fuzz::snappy(body);
    fuzz::push(|intake| intake.loki(&block));
});

//! `/ingest` with a form.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("ingest_form"), |body: &[u8]| {
    fuzz::ingest("name=a.cpu", "multipart/form-data; boundary=b", body);
});

//! A line of a process, in logfmt or not.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("line"), |text: &str| {
    fuzz::push(|intake| intake.text(text, [("service_name", "api")].into_iter()));
});

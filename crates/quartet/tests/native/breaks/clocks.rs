//! A service that lives in another time than everybody else, as if it ran on another machine.

use std::path::PathBuf;

use crate::checkout::real;
use crate::said::{Outcome, Said};
use crate::stack::Stack;

const LIBRARY: &str = "faketime/libfaketime.so.1";

pub(super) fn ahead(stack: &mut Stack) {
    let refused = "too_far_in_future: see creation_grace_period";
    shifted(stack, "+3600s", "s ahead of ours", refused);
}

pub(super) fn behind(stack: &mut Stack) {
    let refused = "too_far_behind: see max_chunk_age";
    shifted(stack, "-3600s", "s behind ours", refused);
}

/// Before all that any store keeps.
pub(super) fn older_than_the_retention(stack: &mut Stack) {
    let refused = "greater_than_max_sample_age: see reject_old_samples_max_age";
    shifted(stack, "-16d", "s behind ours", refused);
}

fn shifted(stack: &mut Stack, offset: &str, off: &str, refused: &str) {
    shift(stack, offset);

    stack.verify(&real(), |said| {
        said.broken(&["log → trace"], "Loki has no line")
    });
    stack.doctor(|said| its_clock(said, off, refused));
}

/// What `doctor` says of a clock, and by which words Loki and Pyroscope refuse what it stamped.
fn its_clock(said: &Said, off: &str, refused: &str) -> Outcome {
    let window = "not_in_ingestion_window: see reject_older_than, reject_newer_than";
    for (signal, word) in [("lines", refused), ("spans", ""), ("profiles", window)] {
        said.loses("api", signal, "api", off)?;
        said.loses("api", signal, "api", word)?;
    }
    said.keeps("api", "metrics")?;
    said.keeps("fulfilment", "spans")
}

fn shift(stack: &mut Stack, offset: &str) {
    stack.change("api", |origin| {
        origin
            .with("LD_PRELOAD", library().to_str().unwrap())
            .with("FAKETIME", offset)
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    });
}

fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut found = folders.map(|folder| folder.path().join(LIBRARY));
    let found = found.find(|library| library.exists());
    found.expect("libfaketime is missing: apt-get install libfaketime")
}

//! A panic as one line, with the ids of the request it happened in.

use std::panic::PanicHookInfo;

/// Replaces the hook that prints a panic over several lines.
pub(crate) fn log() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let thread = std::thread::current()
            .name()
            .unwrap_or("unnamed")
            .to_owned();
        tracing::error!(
            exception.message = message(panic),
            code.location = location,
            thread.name = thread,
            "panicked",
        );
    }));
}

fn message<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload_as_str().unwrap_or("a value that is no text")
}

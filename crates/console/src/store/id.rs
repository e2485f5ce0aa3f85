//! Identifiers as numbers, which is how they are kept.

/// The number of a trace id of 32 hexadecimal digits.
pub(crate) fn trace(text: &str) -> Option<u128> {
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = digits
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten();
    id.filter(|id| *id != 0)
}

/// The number of a span id of 16 hexadecimal digits.
pub(crate) fn span(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
    id.filter(|id| *id != 0)
}

/// The digits of a trace id.
pub(crate) fn trace_text(id: u128) -> String {
    format!("{id:032x}")
}

/// The digits of a span id.
pub(crate) fn span_text(id: u64) -> String {
    format!("{id:016x}")
}

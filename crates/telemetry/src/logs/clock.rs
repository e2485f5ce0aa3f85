//! Time stamps, formatted once per second and thread.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-11-21T09:53:42`
type Second = [u8; 19];

thread_local! {
    static LAST: Cell<(u64, Second)> = const { Cell::new((u64::MAX, [b'0'; 19])) };
}

/// Appends a time in RFC 3339, UTC, with milliseconds.
pub(super) fn push(text: &mut String, time: SystemTime) {
    let now = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (mut at, mut second) = LAST.get();
    if at != now.as_secs() {
        at = now.as_secs();
        second = format(at);
        LAST.set((at, second));
    }
    text.push_str(std::str::from_utf8(&second).unwrap_or_default());
    let millis = now.subsec_millis();
    text.push('.');
    for divisor in [100, 10, 1] {
        text.push(char::from(b'0' + (millis / divisor % 10) as u8));
    }
    text.push('Z');
}

fn format(seconds: u64) -> Second {
    let time = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let text = time.unwrap_or_default().to_string();
    text.as_bytes().first_chunk().copied().unwrap_or([b'0'; 19])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_second_after_the_epoch_is_rfc_3339() {
        assert_eq!(&super::format(1), b"1970-01-01T00:00:01");
        assert_eq!(&super::format(1_795_254_822), b"2026-11-21T09:53:42");
    }
}

//! Numbers as the formats write them, which is less than Rust reads.

/// A finite number, `NaN`, or an infinity with or without its sign.
pub(super) fn parse(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    if lower == "nan" || matches!(unsigned, "inf" | "infinity") {
        return lower.parse().ok();
    }
    finite(text)
}

/// Digits with an optional sign, point and exponent.
pub(super) fn finite(text: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(plain) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_formats_write_is_read() {
        for (text, number) in [
            ("0", 0.0),
            ("+1.", 1.0),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("1.5E-1", 0.15),
            ("+Inf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "", ".", "+", "e1", "1e", "-NaN", "0x1", "1_0", "1 ", "٣", "in",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(finite("inf"), None);
    }
}

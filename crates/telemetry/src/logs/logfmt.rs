//! The one place where a line is put together, so that nothing in a value can end it or look like a field.

use std::fmt::Write;
#[cfg(feature = "actix")]
use std::time::Duration;
use std::time::SystemTime;

/// Longer values are cut, so that no client can fill the log with one request.
pub const MAX_VALUE_BYTES: usize = 1024;

/// A line under construction.
///
/// Values are plain where that is unambiguous, else JSON strings: the escapes that logfmt readers
/// written in Go (Loki among them) understand.
#[derive(Debug, Default)]
pub(crate) struct Line {
    text: String,
}

impl Line {
    /// Starts with what every line starts with.
    pub(crate) fn begin(&mut self, level: &str) {
        self.begin_at(SystemTime::now(), level);
    }

    /// The same, of what happened at `time`.
    pub(crate) fn begin_at(&mut self, time: SystemTime, level: &str) {
        self.text.clear();
        self.text.push_str("time=");
        super::clock::push(&mut self.text, time);
        self.text.push_str(" level=");
        self.text.push_str(level);
    }

    /// Appends a field of whatever name and value.
    pub(crate) fn pair(&mut self, key: &str, value: &str) {
        self.text.push(' ');
        if key.bytes().all(is_bare) {
            self.text.push_str(key);
        } else {
            self.text.extend(key.chars().map(|letter| {
                if is_safe(letter) && letter.is_ascii() {
                    letter
                } else {
                    '_'
                }
            }));
        }
        self.text.push('=');
        self.value(value);
    }

    /// Appends a field of ours whose value may be anything.
    pub(crate) fn text(&mut self, key: &'static str, value: &str) {
        self.key(key);
        self.value(value);
    }

    /// Appends a field of ours whose value is a word of ours.
    pub(crate) fn plain(&mut self, key: &'static str, value: &str) {
        self.key(key);
        self.text.push_str(value);
    }

    /// Appends an address.
    #[cfg(feature = "actix")]
    pub(crate) fn address(&mut self, key: &'static str, value: std::net::IpAddr) {
        self.key(key);
        crate::digits::push_address(&mut self.text, value);
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, key: &'static str, value: u64) {
        self.key(key);
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    /// Appends an id of up to 16 bytes.
    pub(crate) fn hex(&mut self, key: &'static str, id: &[u8]) {
        let mut digits = [0; 32];
        crate::digits::hex(id, &mut digits);
        let digits = &digits[..digits.len().min(2 * id.len())];
        self.key(key);
        self.text
            .push_str(std::str::from_utf8(digits).unwrap_or_default());
    }

    /// Appends a duration in milliseconds, with its microseconds behind the point.
    #[cfg(feature = "actix")]
    pub(crate) fn millis(&mut self, key: &'static str, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.number(key, micros / 1000);
        self.text.push('.');
        for divisor in [100, 10, 1] {
            let digit = micros % 1000 / divisor % 10;
            self.text.push(char::from(b'0' + digit as u8));
        }
    }

    /// Appends `msg`: a few words with blanks between them.
    #[cfg(feature = "actix")]
    pub(crate) fn message<const WORDS: usize>(&mut self, words: [&str; WORDS]) {
        let bytes: usize = words.iter().map(|word| word.len() + 1).sum();
        if MAX_VALUE_BYTES < bytes {
            return self.text("msg", &words.join(" "));
        }
        self.key("msg");
        self.text.push('"');
        for (position, word) in words.iter().enumerate() {
            if 0 < position {
                self.text.push(' ');
            }
            self.escaped(word);
        }
        self.text.push('"');
    }

    /// Ends the line and gives its bytes.
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.text.push('\n');
        self.text.as_bytes()
    }

    fn key(&mut self, key: &'static str) {
        self.text.push(' ');
        self.text.push_str(key);
        self.text.push('=');
    }

    fn value(&mut self, value: &str) {
        let (value, cut) = shortened(value);
        if !cut && !value.is_empty() && value.bytes().all(is_bare) {
            self.text.push_str(value);
            return;
        }
        self.text.push('"');
        self.escaped(value);
        if cut {
            self.text.push('…');
        }
        self.text.push('"');
    }

    /// Appends what stands for `value` within quotes.
    fn escaped(&mut self, value: &str) {
        let mut rest = value;
        while let Some(letter) = self.plain_part(&mut rest) {
            self.escape(letter);
        }
    }

    /// Appends the front of `rest` as far as it is printable ASCII, and returns the character after that.
    fn plain_part(&mut self, rest: &mut &str) -> Option<char> {
        let stands_for_itself = |byte: u8| is_bare(byte) || matches!(byte, b' ' | b'=');
        let length = rest.bytes().take_while(|byte| stands_for_itself(*byte));
        let (plain, after) = rest.split_at(length.count());
        self.text.push_str(plain);
        let mut letters = after.chars();
        let letter = letters.next();
        *rest = letters.as_str();
        letter
    }

    fn escape(&mut self, letter: char) {
        match letter {
            '"' => self.text.push_str("\\\""),
            '\\' => self.text.push_str("\\\\"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            '\t' => self.text.push_str("\\t"),
            letter if is_safe(letter) => self.text.push(letter),
            letter => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let _infallible = write!(self.text, "\\u{unit:04x}");
                }
            }
        }
    }
}

/// Whether a byte may stand without quotes.
fn is_bare(byte: u8) -> bool {
    BARE[usize::from(byte)]
}

/// Looked up, because each byte of each line is asked for.
const BARE: [bool; 256] = {
    let mut bare = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        bare[byte as usize] = !matches!(byte, b'"' | b'=' | b'\\');
        byte += 1;
    }
    bare
};

/// Whether a character may stand for itself within quotes: it neither ends a line in some reader
/// nor reorders the text on a terminal (Unicode TR36, bidirectional spoofing).
fn is_safe(letter: char) -> bool {
    match letter {
        ' ' | '=' | '"' | '\\' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => false,
        '\u{fff9}'..='\u{fffd}' => letter == '\u{fffd}',
        letter => !letter.is_control(),
    }
}

fn shortened(value: &str) -> (&str, bool) {
    if value.len() <= MAX_VALUE_BYTES {
        return (value, false);
    }
    (&value[..value.floor_char_boundary(MAX_VALUE_BYTES)], true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{Line, MAX_VALUE_BYTES};

    fn line(key: &str, value: &str) -> String {
        let mut line = Line::default();
        line.pair(key, value);
        String::from_utf8(line.finish().to_vec()).unwrap()
    }

    #[test]
    fn plain_values_stay_readable() {
        assert_eq!(line("url.path", "/api/items/7"), " url.path=/api/items/7\n");
        assert_eq!(line("msg", "it's done"), " msg=\"it's done\"\n");
        assert_eq!(line("empty", ""), " empty=\"\"\n");
        assert_eq!(line("quote", "a\"b\\c\n"), " quote=\"a\\\"b\\\\c\\n\"\n");
        assert_eq!(
            line("next", "\u{85}\u{2028}\u{7f}"),
            " next=\"\\u0085\\u2028\\u007f\"\n"
        );
        assert_eq!(line("a b=c", "1"), " a_b_c=1\n");
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let cut = line("long", &"ä".repeat(MAX_VALUE_BYTES));

        assert!(
            cut.len() < MAX_VALUE_BYTES + 20 && cut.ends_with("ä…\"\n"),
            "{}",
            cut.len()
        );
    }

    proptest! {
        #[test]
        fn any_value_comes_back_as_it_was(value in any::<String>()) {
            let written = line("value", &value);

            let read = wire::logfmt::parse(written.trim_end_matches('\n').trim_start()).unwrap();
            prop_assert_eq!(read.get("value"), Some(value.as_str()));
            prop_assert_eq!(read.iter().count(), 1);
            prop_assert!(!written.trim_end_matches('\n').contains(|c: char| c.is_control()));
        }
    }
}

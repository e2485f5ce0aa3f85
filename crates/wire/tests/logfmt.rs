//! logfmt: what is written as Quartet writes it is read back, and nothing else is read.

use proptest::prelude::*;
use wire::logfmt::{Error, Line, Reason, parse};

fn encode(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{key}={}", encode_value(value)))
        .collect();
    pairs.join(" ")
}

fn encode_value(value: &str) -> String {
    let bare = |found: char| found.is_ascii_graphic() && !matches!(found, '"' | '=' | '\\');
    if value.chars().all(bare) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for found in value.chars() {
        match found {
            '"' | '\\' => quoted.extend(['\\', found]),
            '\n' => quoted.push_str("\\n"),
            found if found.is_control() || matches!(found, '\u{2028}' | '\u{2029}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(found)));
            }
            found => quoted.push(found),
        }
    }
    quoted.push('"');
    quoted
}

fn line(text: &str) -> Line {
    parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn check_error(text: &str, position: usize, reason: Reason) {
    assert_eq!(parse(text), Err(Error { position, reason }), "{text:?}");
}

proptest! {
    #[test]
    fn what_was_encoded_is_parsed(
        pairs in prop::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_.-]{0,8}", any::<String>(), 1..6)
    ) {
        let pairs: Vec<_> = pairs.into_iter().collect();

        let line = line(&encode(&pairs));

        let found: Vec<_> = line.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(found, pairs);
    }

    #[test]
    fn arbitrary_text_does_not_panic(text in any::<String>(), near in "[ab=\" \\\\u0-9\u{7f}-\u{a0}\u{2028}]*") {
        let _ = parse(&text);
        let _ = parse(&near);
    }

    #[test]
    fn no_value_can_forge_a_field(value in any::<String>()) {
        let line = line(&format!("a={} b=2", encode_value(&value)));

        prop_assert_eq!(line.iter().collect::<Vec<_>>(), [("a", value.as_str()), ("b", "2")]);
    }
}

#[test]
fn values_are_found_by_key_and_in_order() {
    let line = line(r#"time=2026-11-21T10:00:00.000Z level=INFO msg="a b" path=/ä?x http.route="#);

    assert_eq!(line.get("msg"), Some("a b"));
    assert_eq!(line.get("absent"), None);
    let keys: Vec<_> = line.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["time", "level", "msg", "path", "http.route"]);
    assert_eq!(line.get("http.route"), Some(""));
}

#[test]
fn every_escape_of_json_is_known() {
    let line = line(r#"a="\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#);

    assert_eq!(line.get("a"), Some("\"\\/\u{8}\u{c}\n\r\té😀"));
}

#[test]
fn what_is_not_a_pair_is_an_error_at_its_place() {
    check_error("", 0, Reason::Key);
    check_error(" a=1", 0, Reason::Key);
    check_error("1a=1", 0, Reason::Key);
    check_error("a", 1, Reason::Equals);
    check_error("a b=1", 1, Reason::Equals);
    check_error("ä=1", 0, Reason::Key);
    check_error("a=1 ", 4, Reason::Key);
    check_error("a=1  b=2", 4, Reason::Key);
    check_error("a=\"1\"b=2", 5, Reason::Separator);
    check_error("a=1 b=2 a=3", 8, Reason::Duplicate("a".to_owned()));
}

#[test]
fn what_could_be_taken_for_an_end_must_be_escaped() {
    for raw in [
        '\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}',
    ] {
        check_error(&format!("a=x{raw}"), 3, Reason::Raw(raw));
        check_error(&format!("a=\"x{raw}\""), 4, Reason::Raw(raw));
    }
    for unquoted in ['"', '=', '\\', '\u{a0}'] {
        check_error(&format!("a=x{unquoted}"), 3, Reason::Unquoted(unquoted));
    }
}

#[test]
fn what_is_not_an_escape_is_an_error() {
    check_error(r#"a="\x""#, 3, Reason::Escape);
    check_error(r#"a="\u12"#, 3, Reason::Escape);
    check_error(r#"a="\u+123""#, 3, Reason::Escape);
    check_error(r#"a="b\"#, 4, Reason::Escape);
    check_error(r#"a="\ud83d""#, 3, Reason::Surrogate);
    check_error(r#"a="\ud83d\u0041""#, 3, Reason::Surrogate);
    check_error(r#"a="\ude00\ud83d""#, 3, Reason::Surrogate);
    check_error(r#"a="b"#, 4, Reason::Unterminated);
}

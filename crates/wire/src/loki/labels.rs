use std::collections::BTreeMap;

use super::Error;

/// Reads `{name="value", other="value"}`; values are escaped as in JSON.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, Error> {
    pairs(text).ok_or_else(|| Error::Labels(text.chars().take(200).collect()))
}

fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return None;
        }
        let mut values =
            serde_json::Deserializer::from_str(behind.trim_start()).into_iter::<String>();
        let value = values.next()?.ok()?;
        let behind = behind
            .trim_start()
            .get(values.byte_offset()..)?
            .trim_start();
        labels.insert(name.to_owned(), value);
        rest = match behind.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if behind.is_empty() => behind,
            None => return None,
        };
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_escaped_values_are_read() {
        let labels = parse(r#"{service_name="api", path="a\"b,c}"}"#).unwrap();

        assert_eq!(labels["service_name"], "api");
        assert_eq!(labels["path"], "a\"b,c}");
        assert!(parse("{}").unwrap().is_empty());
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "{",
            "{a}",
            "{a=}",
            r#"{a="b""#,
            r#"{a="b" c="d"}"#,
            r#"{="b"}"#,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

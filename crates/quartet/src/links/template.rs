//! Templates: `$name`, `${name.path:format}` and `[[name:format]]`.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::{Map, Value};

use super::Error;

/// What a template may name.
pub(crate) type Scope = Map<String, Value>;

static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}").ok()
});

/// How a value is written into the text where the template does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As it is; several as `{a,b}`.
    Glob,
    /// What `encodeURI` leaves: letters of an address stay, quotes, spaces and braces do not.
    UriEncode,
}

/// A template with every value in its place.
///
/// # Errors
/// [`Error::Unknown`] with all names that `scope` does not have.
pub(crate) fn render(template: &str, scope: &Scope, format: Format) -> Result<String, Error> {
    let (text, names) = rendered(template, scope, format);
    match names.is_empty() {
        true => Ok(text),
        false => Err(Error::Unknown {
            template: template.to_owned(),
            names,
        }),
    }
}

/// The same, with unknown names left as they stand, as Grafana does, beside their list.
pub(crate) fn rendered(template: &str, scope: &Scope, format: Format) -> (String, Vec<String>) {
    let mut unknown = Vec::new();
    let Some(variable) = VARIABLE.as_ref() else {
        return (
            template.to_owned(),
            vec!["the pattern of variables".to_owned()],
        );
    };
    let text = variable.replace_all(template, |found: &Captures<'_>| {
        let group = |index: usize| found.get(index).map(|text| text.as_str());
        let name = group(1).or(group(2)).or(group(4)).unwrap_or_default();
        let value = scope.get(name).and_then(|value| match group(5) {
            Some(path) => at(value, path),
            None => Some(value),
        });
        match value {
            Some(value) if !value.is_null() => {
                formatted(name, value, group(3).or(group(6)), format)
            }
            _ => {
                unknown.push(found[0].to_owned());
                found[0].to_owned()
            }
        }
    });
    (text.into_owned(), unknown)
}

/// What stands at a path such as `tags["http.route"]` or `fields.trace_id`; a whole path that is a key comes first.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    let mut value = value;
    for step in steps(path)? {
        value = match value {
            Value::Array(values) => values.get(step.parse::<usize>().ok()?)?,
            value => value.get(step)?,
        };
    }
    Some(value)
}

fn steps(path: &str) -> Option<Vec<&str>> {
    let (mut steps, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        let step;
        if let Some(inside) = rest.strip_prefix('[') {
            let end = match inside.chars().next()? {
                quote @ ('"' | '\'') => inside[1..].find(quote)? + 2,
                _ => inside.find(']')?,
            };
            step = inside[..end].trim_matches(['"', '\'']);
            rest = inside[end..].strip_prefix(']')?;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            step = &rest[..end];
            rest = &rest[end..];
        }
        steps.push(step);
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Some(steps)
}

fn formatted(name: &str, value: &Value, wanted: Option<&str>, format: Format) -> String {
    let glob = glob(value);
    match wanted {
        Some("percentencode") => encoded(&glob, UNRESERVED),
        Some("uriencode") => encoded(&glob, ADDRESS),
        Some("queryparam") => queries(name, value),
        Some("regex") => alternatives(value),
        Some(_) => glob,
        None => match format {
            Format::Glob => glob,
            Format::UriEncode => encoded(&glob, ADDRESS),
        },
    }
}

fn glob(value: &Value) -> String {
    match value {
        Value::Array(values) if values.len() > 1 => {
            let values: Vec<_> = values.iter().map(plain).collect();
            format!("{{{}}}", values.join(","))
        }
        Value::Array(values) => values.first().map(plain).unwrap_or_default(),
        value => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn alternatives(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(|value| quoted(&plain(value))).collect();
            match values.as_slice() {
                [one] => one.clone(),
                several => format!("({})", several.join("|")),
            }
        }
        value => quoted(&plain(value)),
    }
}

/// A text as a pattern that matches it alone.
fn quoted(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\^$*+?.()|[]{}/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

fn queries(name: &str, value: &Value) -> String {
    let one = |value: &Value| format!("var-{name}={}", encoded(&plain(value), UNRESERVED));
    match value {
        Value::Array(values) => values.iter().map(one).collect::<Vec<_>>().join("&"),
        value => one(value),
    }
}

/// What both encodings leave, beside letters and digits; `!'()*` are taken from it.
const UNRESERVED: &str = "-_.~";
/// What an address is made of.
const ADDRESS: &str = "-_.~;/?:@&=+$,#";

fn encoded(text: &str, kept: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || kept.contains(letter) {
            written.push(letter);
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Format, Scope, render, rendered};
    use crate::links::Error;

    fn scope() -> Scope {
        let Value::Object(scope) = json!({
            "__span": {
                "traceId": "4bf92f35",
                "duration": 1500,
                "tags": { "http.route": "/api/items/{id}", "service": { "name": "wrong" } },
            },
            "__data": { "fields": { "trace_id": "4bf92f35", "0": "first" } },
            "list": ["a", "b.c"],
            "one": ["a b"],
            "empty": null,
        }) else {
            unreachable!()
        };
        scope
    }

    #[test]
    fn names_paths_and_formats() {
        let cases = [
            ("{x=\"${__span.traceId}\"}", "{x=\"4bf92f35\"}"),
            ("$list", "{a,b.c}"),
            ("[[one]]", "a b"),
            ("[[list:regex]]", "(a|b\\.c)"),
            ("${__span.tags[\"http.route\"]}", "/api/items/{id}"),
            ("${__span.tags['http.route']}", "/api/items/{id}"),
            ("${__span.tags.service.name}", "wrong"),
            ("${__span.duration}", "1500"),
            ("${__data.fields.trace_id}", "4bf92f35"),
            ("${__data.fields[0]}", "first"),
            ("${one:percentencode}", "a%20b"),
            ("${list:queryparam}", "var-list=a&var-list=b.c"),
            ("costs $", "costs $"),
            ("${list:nonsense}", "{a,b.c}"),
        ];
        for (template, text) in cases {
            let found = render(template, &scope(), Format::Glob);
            assert_eq!(found.as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_and_left() {
        let template = "{x=\"${__span.tags.http.route}\", y=\"$empty\", z=\"$nobody\"}";

        let (text, names) = rendered(template, &scope(), Format::Glob);

        assert_eq!(text, template);
        assert_eq!(names, ["${__span.tags.http.route}", "$empty", "$nobody"]);
        assert!(matches!(
            render(template, &scope(), Format::Glob),
            Err(Error::Unknown { .. })
        ));
    }

    #[test]
    fn an_address_keeps_its_own_letters_only() {
        let cases = [
            (
                "/explore?x=${__span.tags[\"http.route\"]}",
                "/explore?x=/api/items/%7Bid%7D",
            ),
            ("?x=${one}", "?x=a%20b"),
            (
                "?x=${__span.tags[\"http.route\"]:percentencode}",
                "?x=%2Fapi%2Fitems%2F%7Bid%7D",
            ),
        ];
        for (template, text) in cases {
            let found = render(template, &scope(), Format::UriEncode);
            assert_eq!(found.as_deref(), Ok(text), "{template}");
        }
    }
}

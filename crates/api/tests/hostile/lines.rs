//! What a line may look like, whatever was sent.

use proptest::prelude::{TestCaseError, prop_assert, prop_assert_eq};
use wire::logfmt::{self, Line};

use crate::vocabulary::{ERROR_TYPES, METHODS, ROUTES, span_name};
use crate::world::{Blow, World};

/// The fields of an access line in their order, and whether it can do without.
const ACCESS: [(&str, bool); 20] = [
    ("time", false),
    ("level", false),
    ("msg", false),
    ("http.request.method", false),
    ("http.request.method_original", true),
    ("http.route", true),
    ("url.path", false),
    ("url.query", true),
    ("client.address", false),
    ("user_agent.original", true),
    ("http.response.status_code", true),
    ("error.type", true),
    ("duration_ms", false),
    ("http.response.body.size", true),
    ("target", false),
    ("service_name", false),
    ("request_id", false),
    ("trace_id", false),
    ("span_id", false),
    ("sampled", false),
];

/// The fields of lines that handlers and the database log.
const OTHER: [&str; 17] = [
    "time",
    "level",
    "msg",
    "item.id",
    "order.id",
    "order.total_cents",
    "order.shipping_source",
    "keys",
    "db.query.summary",
    "duration_ms",
    "threshold_ms",
    "target",
    "service_name",
    "request_id",
    "trace_id",
    "span_id",
    "sampled",
];

/// What begins the messages of those lines.
const MESSAGES: [&str; 6] = [
    "created item ",
    "removed item ",
    "accepted order ",
    "item 1 is out of stock",
    "slow database call",
    "pruned expired idempotency keys",
];

/// A value is cut at 1 KiB; a mark of three bytes says so.
const LONGEST_VALUE: usize = 1024 + 3;

/// Checks each line of an attack, and returns the access lines.
pub(crate) fn check(world: &World, blow: &Blow) -> Result<Vec<Line>, TestCaseError> {
    let mut access = Vec::new();
    for text in &blow.lines {
        let line = logfmt::parse(text)
            .map_err(|error| TestCaseError::fail(format!("not logfmt, {error}: {text}")))?;
        check_origin(world, blow, &line)?;
        if line.get("target") == Some("access") {
            check_access(&line)?;
            access.push(line);
        } else {
            check_other(&line)?;
        }
    }
    Ok(access)
}

fn check_access(line: &Line) -> Result<(), TestCaseError> {
    let keys: Vec<_> = line.iter().map(|(key, _)| key).collect();
    let known = ACCESS.iter();
    let expected: Vec<_> = known
        .filter(|(key, optional)| !optional || keys.contains(key))
        .map(|(key, _)| *key)
        .collect();
    prop_assert_eq!(&keys, &expected);
    let of = |key| line.get(key).unwrap_or_default();
    let (method, route, error_type) = (
        of("http.request.method"),
        of("http.route"),
        of("error.type"),
    );
    prop_assert!(METHODS.contains(&method), "method {method:?}");
    prop_assert!(ROUTES.contains(&route), "route {route:?}");
    prop_assert!(
        ERROR_TYPES.contains(&error_type),
        "error type {error_type:?}"
    );
    let outcome = line.get("http.response.status_code").unwrap_or(error_type);
    let message = format!("{} {outcome}", span_name(method, route));
    prop_assert_eq!(of("msg"), message);
    prop_assert_eq!(of("level"), "info");
    prop_assert_eq!(of("sampled"), "true");
    prop_assert!(of("client.address").parse::<std::net::IpAddr>().is_ok());
    Ok(())
}

fn check_other(line: &Line) -> Result<(), TestCaseError> {
    for (key, _) in line.iter() {
        prop_assert!(OTHER.contains(&key), "field {key:?}");
    }
    let message = line.get("msg").unwrap_or_default();
    let known = MESSAGES.iter().any(|known| message.starts_with(known));
    prop_assert!(known, "message {message:?}");
    Ok(())
}

/// Ids and names are ours, or were accepted by the rule.
fn check_origin(world: &World, blow: &Blow, line: &Line) -> Result<(), TestCaseError> {
    prop_assert_eq!(line.get("service_name"), Some("api"));
    for (key, value) in line.iter() {
        prop_assert!(
            value.len() <= LONGEST_VALUE,
            "{key} has {} bytes",
            value.len()
        );
    }
    let Some(id) = line.get("request_id") else {
        return Ok(());
    };
    let given = headers(&blow.sent, "x-request-id");
    let accepted = given.iter().any(|given| acceptable(given) == Some(id));
    prop_assert!(accepted || is_uuid_v7(id), "request id {id:?}");

    let trace_id = line.get("trace_id").unwrap_or_default();
    prop_assert!(is_hex(trace_id, 32), "trace id {trace_id:?}");
    let named = format!("-{trace_id}-");
    let callers = headers(&blow.sent, "traceparent");
    let mut callers = callers.iter().map(|caller| String::from_utf8_lossy(caller));
    if !(world.trusts && callers.any(|caller| caller.contains(&named))) {
        prop_assert!(
            !contains(&blow.sent, trace_id),
            "trace id {trace_id} was sent"
        );
    }
    let span_id = line.get("span_id").unwrap_or_default();
    prop_assert!(is_hex(span_id, 16), "span id {span_id:?}");
    prop_assert!(!contains(&blow.sent, span_id), "span id {span_id} was sent");
    Ok(())
}

/// The values of a header, wherever in the bytes a head may begin.
fn headers<'a>(sent: &'a [u8], name: &str) -> Vec<&'a [u8]> {
    let lines = sent.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (known, value) = (&line[..colon], &line[colon + 1..]);
            let same = known.eq_ignore_ascii_case(name.as_bytes());
            same.then(|| value.trim_ascii())
        })
        .collect()
}

/// The id, if it is one that is taken from a caller.
pub(crate) fn acceptable(id: &[u8]) -> Option<&str> {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let harmless = (1..=128).contains(&id.len()) && id.iter().all(letters);
    std::str::from_utf8(id).ok().filter(|_| harmless)
}

pub(crate) fn is_uuid_v7(id: &str) -> bool {
    let parts: Vec<_> = id.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts[2].starts_with('7')
        && parts[3].starts_with(['8', '9', 'a', 'b'])
        && parts.iter().all(|part| is_hex(part, part.len()))
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(is_digit)
}

fn contains(sent: &[u8], word: &str) -> bool {
    sent.windows(word.len()).any(|part| part == word.as_bytes())
}

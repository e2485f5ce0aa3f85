//! How a text becomes a value, or nothing if it is not allowed.

use super::Propagator;
use super::variable::list;

pub(super) fn word(text: &str) -> Option<String> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(letters)).then(|| text.to_owned())
}

/// An empty text is no address; TLS is refused where it was not built in.
pub(super) fn url(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let uri: http::Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let is_spoken = scheme == "http" || (cfg!(feature = "tls") && scheme == "https");
    (is_spoken && !uri.host()?.is_empty()).then(|| Some(text.to_owned()))
}

pub(super) fn propagator(text: &str) -> Option<Propagator> {
    match text {
        "tracecontext" => Some(Propagator::TraceContext),
        "baggage" => Some(Propagator::Baggage),
        _ => None,
    }
}

pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    list(|pair| {
        let (key, value) = pair.split_once('=')?;
        let key = key.trim();
        (!key.is_empty()).then_some(())?;
        Some((key.to_owned(), percent_decoded(value.trim())?))
    })(text)
}

pub(super) fn headers(text: &str) -> Option<Vec<(String, String)>> {
    pairs(text)?
        .into_iter()
        .map(|(name, value)| {
            http::HeaderName::try_from(&name).ok()?;
            http::HeaderValue::try_from(&value).ok()?;
            Some((name.to_ascii_lowercase(), value))
        })
        .collect()
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

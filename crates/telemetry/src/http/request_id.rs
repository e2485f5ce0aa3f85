//! The id that answer, line, span and error body share.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::HeaderMap;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// The caller's `X-Request-Id` if it is 1 to 128 of `[A-Za-z0-9._-]`, else a new `UUIDv7`.
pub(super) fn accepted_or_new(headers: &HeaderMap, now: SystemTime) -> String {
    let mut given = headers.get_all(super::X_REQUEST_ID);
    match (given.next(), given.next()) {
        (Some(id), None) => accepted(id.as_bytes()).unwrap_or_else(|| fresh(now)),
        _ => fresh(now),
    }
}

fn accepted(id: &[u8]) -> Option<String> {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    if !(1..=128).contains(&id.len()) || !id.iter().all(letters) {
        return None;
    }
    String::from_utf8(id.to_vec()).ok()
}

/// Random enough to be unique, as span ids are; a system call for randomness that cannot be guessed is not worth its price.
fn fresh(now: SystemTime) -> String {
    let millis = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(millis.as_millis()).unwrap_or(u64::MAX);
    let [_, _, _, _, _, _, random @ ..] = RandomIdGenerator::default().new_trace_id().to_bytes();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    id.hyphenated().encode_lower(&mut text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::accepted;

    #[test]
    fn only_short_ids_of_harmless_letters_are_accepted() {
        let long = "a".repeat(128);
        for id in ["a", "0190-ab.c_D", long.as_str()] {
            assert_eq!(accepted(id.as_bytes()).as_deref(), Some(id));
        }
        let longer = "a".repeat(129);
        for id in ["", "a b", "a\"b", "a=b", "a\nb", "ä", longer.as_str()] {
            assert_eq!(accepted(id.as_bytes()), None, "{id:?}");
        }
    }
}

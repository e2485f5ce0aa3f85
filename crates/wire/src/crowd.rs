//! Messages that are made to fill the memory: many empty ones, of which each takes far more than it is long.

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// Real messages have one within them for more bytes than this.
const LEAST_BYTES_EACH: usize = 8;
/// So many are accepted in a body of any size.
const ALWAYS_ACCEPTED: usize = 10_000;

/// A body of more messages than its bytes can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} messages in a body that may have {limit}")]
pub struct Crowded {
    /// How many there are.
    pub found: usize,
    /// How many there may be.
    pub limit: usize,
}

/// Counts the messages in a body, down to some depth, before anything is decoded.
pub(crate) fn check(body: &[u8], depth: u32) -> Result<(), Crowded> {
    let found = count(body, depth);
    let limit = body.len() / LEAST_BYTES_EACH + ALWAYS_ACCEPTED;
    match found <= limit {
        true => Ok(()),
        false => Err(Crowded { found, limit }),
    }
}

/// Texts look like messages from outside, but hardly like many of them.
fn count(mut bytes: &[u8], depth: u32) -> usize {
    let mut found = 0;
    while bytes.has_remaining() {
        let Some(inner) = field(&mut bytes) else {
            break;
        };
        if let Some(inner) = inner {
            found += 1;
            if 1 < depth {
                found += count(inner, depth - 1);
            }
        }
    }
    found
}

/// Passes over a field; what is in it, if it may be a message. None if this is no field.
fn field<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (tag, wire_type) = decode_key(bytes).ok()?;
    if wire_type != WireType::LengthDelimited {
        skip_field(wire_type, tag, bytes, DecodeContext::default()).ok()?;
        return Some(None);
    }
    let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
    let (inner, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Some(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_messages_are_told_from_real_ones() {
        let empty = b"\x12\x00".repeat(50_000);
        let real = b"\x12\x08\x0a\x06abcdef".repeat(50_000);
        // One message around all the others.
        let mut nested = b"\x0a\xa0\x8d\x06".to_vec();
        nested.extend_from_slice(&empty);

        assert_eq!(check(&empty, 1).unwrap_err().found, 50_000);
        assert!(check(&real, 1).is_ok());
        assert!(check(&nested, 1).is_ok());
        assert_eq!(check(&nested, 2).unwrap_err().found, 50_001);
    }
}

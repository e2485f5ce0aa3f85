//! Decompression that a small body cannot turn into a large one.

use std::io::Read;

use flate2::read::MultiGzDecoder;

/// Why a body could not be decompressed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The body is not gzip, or it is cut short.
    #[error("body is not valid gzip")]
    Malformed(#[source] std::io::Error),
    /// The body holds more than the caller accepts.
    #[error("decompressed body exceeds {limit} bytes")]
    TooLarge {
        /// The bound that the caller set.
        limit: usize,
    },
}

/// Decompresses `body`, of which at most `limit` bytes may come out.
pub fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    // One byte more than allowed tells "exactly at the limit" from "beyond it".
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(bound)
        .read_to_end(&mut plain)
        .map_err(Error::Malformed)?;
    if limit < plain.len() {
        return Err(Error::TooLarge { limit });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn compress(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let body = compress(b"spans");

        assert_eq!(decompress(&body, 5).expect("whole"), b"spans");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let body = compress(&vec![0; 10_000_000]);

        assert!(matches!(
            decompress(&body, 1000),
            Err(Error::TooLarge { limit: 1000 })
        ));
    }

    #[test]
    fn a_body_cut_short_is_an_error() {
        let body = compress(b"spans");

        for end in 0..body.len() {
            assert!(decompress(&body[..end], 100).is_err(), "first {end} bytes");
        }
    }
}

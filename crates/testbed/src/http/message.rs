//! The framing of HTTP/1.1 messages, for the client and for the sink.

use super::Error;

/// No head that a test expects is longer.
const LONGEST_HEAD: usize = 1 << 20;

/// Bounds what one message may make a test process hold.
const LONGEST_BODY: usize = 64 << 20;

/// Where the bytes of a message come from.
pub(crate) trait Source {
    /// Appends at least one byte; `false` once the peer has ended its side.
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Error>;
}

/// The start line and the headers of a message.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// Look-up by name, whatever its case.
pub(crate) trait Headers {
    fn first_value(&self, name: &str) -> Option<&str>;
}

impl Headers for Vec<(String, String)> {
    fn first_value(&self, name: &str) -> Option<&str> {
        let found = self
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Bytes received and not yet used; a second message may already stand behind the first.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) buffer: Vec<u8>,
}

impl Reader {
    /// A head, or `None` if the peer has ended its side before it.
    pub(crate) fn head(&mut self, source: &mut impl Source) -> Result<Option<Head>, Error> {
        let Some(text) = self.until(source, b"\r\n\r\n", LONGEST_HEAD)? else {
            return Ok(None);
        };
        // Header values are bytes; this mapping keeps each of them.
        let text: String = text.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = text.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                return Err(Error::Malformed(format!(
                    "header without a colon: {line:?}"
                )));
            };
            headers.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
        }
        Ok(Some(Head { start, headers }))
    }

    /// The body that belongs to a head whose peer does not frame it by closing.
    pub(crate) fn framed_body(
        &mut self,
        source: &mut impl Source,
        head: &Head,
    ) -> Result<Option<Vec<u8>>, Error> {
        let coding = head.headers.first_value("transfer-encoding");
        if coding.is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.chunks(source).map(Some);
        }
        let Some(length) = head.headers.first_value("content-length") else {
            return Ok(None);
        };
        let length = size(length, 10, LONGEST_BODY)
            .ok_or_else(|| Error::Malformed(format!("content length {length:?}")))?;
        self.exactly(source, length).map(Some)
    }

    /// Everything until the peer ends its side.
    pub(crate) fn rest(&mut self, source: &mut impl Source) -> Result<Vec<u8>, Error> {
        while source.more(&mut self.buffer)? {
            if LONGEST_BODY < self.buffer.len() {
                return Err(Error::Malformed("body is too long".to_owned()));
            }
        }
        Ok(std::mem::take(&mut self.buffer))
    }

    fn chunks(&mut self, source: &mut impl Source) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        loop {
            let line = self.line(source)?;
            let digits = line.split(';').next().unwrap_or_default();
            let size = size(digits, 16, LONGEST_BODY - body.len())
                .ok_or_else(|| Error::Malformed(format!("chunk size {line:?}")))?;
            if size == 0 {
                break;
            }
            body.extend(self.exactly(source, size)?);
            if !self.line(source)?.is_empty() {
                return Err(Error::Malformed("chunk is longer than its size".to_owned()));
            }
        }
        while !self.line(source)?.is_empty() {}
        Ok(body)
    }

    fn line(&mut self, source: &mut impl Source) -> Result<String, Error> {
        let line = self.until(source, b"\r\n", LONGEST_HEAD)?;
        let line = line.ok_or_else(|| self.truncated())?;
        String::from_utf8(line).map_err(|_| Error::Malformed("line is not UTF-8".to_owned()))
    }

    /// What stands before `end`, which is consumed; `None` if there is not a single byte.
    fn until(
        &mut self,
        source: &mut impl Source,
        end: &[u8],
        longest: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        loop {
            if let Some(at) = find(&self.buffer, end) {
                let before = self.take(at);
                self.take(end.len());
                return Ok(Some(before));
            }
            if longest < self.buffer.len() {
                return Err(Error::Malformed("head is too long".to_owned()));
            }
            if !source.more(&mut self.buffer)? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(self.truncated())
                };
            }
        }
    }

    fn exactly(&mut self, source: &mut impl Source, length: usize) -> Result<Vec<u8>, Error> {
        while self.buffer.len() < length {
            if !source.more(&mut self.buffer)? {
                return Err(self.truncated());
            }
        }
        Ok(self.take(length))
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, rest)
    }

    fn truncated(&self) -> Error {
        Error::Truncated {
            received: self.buffer.clone(),
        }
    }
}

/// A number without a sign, and not above `most`.
fn size(digits: &str, radix: u32, most: usize) -> Option<usize> {
    if digits.starts_with('+') {
        return None;
    }
    let size = usize::from_str_radix(digits, radix).ok()?;
    (size <= most).then_some(size)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that come in pieces of a given size.
    struct Pieces<'a> {
        left: &'a [u8],
        size: usize,
    }

    impl Source for Pieces<'_> {
        fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Error> {
            let (piece, left) = self.left.split_at(self.size.min(self.left.len()));
            buffer.extend_from_slice(piece);
            self.left = left;
            Ok(!piece.is_empty())
        }
    }

    type Message = (Head, Option<Vec<u8>>);

    fn message(bytes: &[u8], size: usize) -> Result<Option<Message>, Error> {
        let mut source = Pieces { left: bytes, size };
        let mut reader = Reader::default();
        let Some(head) = reader.head(&mut source)? else {
            return Ok(None);
        };
        let body = reader.framed_body(&mut source, &head)?;
        Ok(Some((head, body)))
    }

    #[test]
    fn chunks_are_joined_and_trailers_skipped() {
        let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n\
            3;ext=1\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";

        for size in 1..bytes.len() {
            let (_, body) = message(bytes, size).unwrap().unwrap();
            assert_eq!(body.unwrap(), b"abc0123456789", "in pieces of {size}");
        }
    }

    #[test]
    fn a_size_with_a_sign_or_beyond_the_bound_is_malformed() {
        for length in ["+1", "-1", "1x", "", "99999999999999999999", "67108865"] {
            let bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let outcome = message(bytes.as_bytes(), 100);
            assert!(matches!(outcome, Err(Error::Malformed(_))), "{length:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(
            head in "(HTTP/1.1 200 OK\r\n)?((content-length|transfer-encoding): ?(chunked|[0-9a-f+]{0,3})\r\n){0,2}(\r\n)?",
            body in any::<Vec<u8>>(),
            size in 1..40_usize,
        ) {
            let mut bytes = head.into_bytes();
            bytes.extend(body);
            let _ = message(&bytes, size);
        }

        #[test]
        fn a_body_comes_back_whatever_its_pieces(body in any::<Vec<u8>>(), size in 1..40_usize) {
            let mut bytes = format!("X\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
            bytes.extend(&body);

            let (_, found) = message(&bytes, size).unwrap().unwrap();

            prop_assert_eq!(found, Some(body));
        }
    }
}

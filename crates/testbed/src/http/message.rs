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
        let length = length.parse().ok().filter(|length| *length <= LONGEST_BODY);
        let length = length.ok_or_else(|| Error::Malformed("content length".to_owned()))?;
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
            let size = usize::from_str_radix(digits, 16)
                .ok()
                .filter(|size| *size <= LONGEST_BODY - body.len())
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

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

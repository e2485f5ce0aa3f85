use std::io::Read;
use std::net::TcpStream;

use super::Error;
use super::message::{Head, Headers, Reader, Source};

/// A request as a server sees it.
#[derive(Clone, Debug)]
pub struct Question {
    /// `GET`, `POST`.
    pub method: String,
    /// The path, and the query behind it.
    pub target: String,
    /// In the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its content; empty if it has none.
    pub body: Vec<u8>,
}

impl Question {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.first_value(name)
    }
}

/// The requests of one connection, in turn.
#[derive(Default)]
pub struct Questions {
    reader: Reader,
}

impl Questions {
    /// The next one, or `None` if the peer has ended its side before it.
    ///
    /// # Errors
    /// If it is cut short, or is no HTTP/1.
    pub fn next(&mut self, mut stream: &TcpStream) -> Result<Option<Question>, Error> {
        let Some(mut head) = self.reader.head(&mut stream)? else {
            return Ok(None);
        };
        for (name, _) in &mut head.headers {
            name.make_ascii_lowercase();
        }
        let body = self.reader.framed_body(&mut stream, &head)?;
        let Head { start, headers } = head;
        let [method, target, version] = start.split(' ').collect::<Vec<_>>()[..] else {
            return Err(Error::Malformed(start));
        };
        if !version.starts_with("HTTP/1.") {
            return Err(Error::Malformed(start));
        }
        Ok(Some(Question {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.unwrap_or_default(),
        }))
    }
}

impl Source for &TcpStream {
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        let mut chunk = [0; 16 * 1024];
        let received = self.read(&mut chunk)?;
        buffer.extend_from_slice(&chunk[..received]);
        Ok(received != 0)
    }
}

//! One keep-alive connection with at most one request under way.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// What a browser would send at the least.
const REQUEST: &[u8] = b"GET /items/7 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench/1.0\r\n\r\n";
const BODY: &[u8] = br#"{"id":7,"name":"Item 7"}"#;
const LONGEST_ANSWER: usize = 2048;

pub(super) struct Connection {
    stream: TcpStream,
    due: Option<Instant>,
    answer: [u8; LONGEST_ANSWER],
    received: usize,
}

impl Connection {
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            due: None,
            answer: [0; LONGEST_ANSWER],
            received: 0,
        })
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.due.is_some()
    }

    pub(super) fn send(&mut self, due: Instant) -> io::Result<()> {
        self.due = Some(due);
        self.received = 0;
        // A request is far smaller than an empty socket buffer.
        self.stream.write_all(REQUEST)
    }

    /// How long the answer took, once it is whole.
    ///
    /// # Errors
    /// Any answer but the handler's own.
    pub(super) fn receive(&mut self) -> io::Result<Option<Duration>> {
        match self.stream.read(&mut self.answer[self.received..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => self.received += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        let answer = &self.answer[..self.received];
        if !answer.ends_with(BODY) {
            return match self.received < LONGEST_ANSWER {
                true => Ok(None),
                false => Err(wrong(answer)),
            };
        }
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(wrong(answer));
        }
        Ok(self.due.take().map(|due| due.elapsed()))
    }
}

fn wrong(answer: &[u8]) -> io::Error {
    io::Error::other(format!(
        "not the answer of the handler: {}",
        String::from_utf8_lossy(answer)
    ))
}

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use super::message::{Head, Reader, Source};
use super::{Error, Response, compose};
use crate::PATIENCE;

/// A connection that stays open for several requests, or is hung up in the way a test wants.
pub struct Connection {
    stream: TcpStream,
    reader: Reader,
    patience: Duration,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        let stream = stream.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => Error::Refused(address),
            _ => Error::Io(error),
        })?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            reader: Reader::default(),
            patience: PATIENCE,
        })
    }

    /// Sets how long a request, a write or a read may take.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// This end of the connection.
    pub fn local_address(&self) -> Result<SocketAddr, Error> {
        Ok(self.stream.local_addr()?)
    }

    /// Sends exactly these bytes, and reads one answer, which may come before all were sent.
    pub fn request(&mut self, bytes: &[u8]) -> Result<Response, Error> {
        self.exchange(bytes, bytes.starts_with(b"HEAD "))
    }

    /// A request that leaves the connection open.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response, Error> {
        let address = self.stream.peer_addr()?;
        self.request(&compose(address, method, path, headers, body))
    }

    /// Sends exactly these bytes and reads nothing.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut source = self.source(bytes);
        while !source.pending.is_empty() {
            source.progress(PollFlags::OUT)?;
            source.write()?;
        }
        Ok(())
    }

    /// Reads one answer.
    pub fn read(&mut self) -> Result<Response, Error> {
        self.exchange(b"", false)
    }

    /// Waits until the peer closes, and returns what it sent until then.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>, Error> {
        let mut reader = std::mem::take(&mut self.reader);
        reader.rest(&mut self.source(b""))
    }

    /// Ends this side only (FIN): an answer can still be read.
    pub fn half_close(&mut self) -> Result<(), Error> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// Closes both sides (FIN; the system resets if an answer was there and not read).
    pub fn close(self) {}

    /// Aborts the connection (RST).
    pub fn reset(self) -> Result<(), Error> {
        let at_once = Some(Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&self.stream, at_once).map_err(io::Error::from)?;
        Ok(())
    }

    fn exchange(&mut self, bytes: &[u8], headless: bool) -> Result<Response, Error> {
        let mut reader = std::mem::take(&mut self.reader);
        let mut source = self.source(bytes);
        let outcome = response(&mut reader, &mut source, headless);
        let broken = source.broken.take();
        self.reader = reader;
        match (outcome, broken) {
            // The reason why nothing came is that the request could not be sent.
            (Err(Error::Closed), Some(error)) => Err(error),
            (outcome, _) => outcome,
        }
    }

    fn source<'a>(&'a self, pending: &'a [u8]) -> Socket<'a> {
        Socket {
            stream: &self.stream,
            pending,
            broken: None,
            deadline: Instant::now() + self.patience,
        }
    }
}

fn response(
    reader: &mut Reader,
    source: &mut Socket<'_>,
    headless: bool,
) -> Result<Response, Error> {
    loop {
        let head = reader.head(source)?.ok_or(Error::Closed)?;
        let (status, reason) = status_line(&head)?;
        if matches!(status, 100 | 102 | 103) {
            continue;
        }
        let body = if headless || matches!(status, 101 | 204 | 304) {
            Vec::new()
        } else if let Some(body) = reader.framed_body(source, &head)? {
            body
        } else {
            reader.rest(source)?
        };
        return Ok(Response {
            status,
            reason,
            headers: head.headers,
            body,
        });
    }
}

fn status_line(head: &Head) -> Result<(u16, String), Error> {
    let malformed = || Error::Malformed(format!("status line {:?}", head.start));
    let rest = head.start.strip_prefix("HTTP/1.").ok_or_else(malformed)?;
    let mut words = rest.splitn(3, ' ');
    let (Some("0" | "1"), Some(code)) = (words.next(), words.next()) else {
        return Err(malformed());
    };
    let code = code.parse().map_err(|_| malformed())?;
    Ok((code, words.next().unwrap_or_default().to_owned()))
}

/// A socket that goes on sending while it is read.
struct Socket<'a> {
    stream: &'a TcpStream,
    pending: &'a [u8],
    /// Why the rest of the request could not be sent; an answer may be there all the same.
    broken: Option<Error>,
    deadline: Instant,
}

impl Socket<'_> {
    /// Waits until one of `wanted` is possible.
    fn progress(&self, wanted: PollFlags) -> Result<PollFlags, Error> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            let mut polled = [PollFd::new(self.stream, wanted)];
            match poll(&mut polled, Some(&left)) {
                Ok(0) => {
                    return Err(Error::TimedOut {
                        received: Vec::new(),
                    });
                }
                Ok(_) => return Ok(polled[0].revents()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match rustix::net::send(self.stream, self.pending, flags) {
            Ok(sent) => self.pending = &self.pending[sent..],
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(Errno::PIPE) => return Err(Error::Closed),
            Err(error) => return Err(failure(error, Vec::new())),
        }
        Ok(())
    }
}

impl Source for Socket<'_> {
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        loop {
            let mut wanted = PollFlags::IN;
            if !self.pending.is_empty() {
                wanted |= PollFlags::OUT;
            }
            let possible = self.progress(wanted).map_err(|error| match error {
                Error::TimedOut { .. } => Error::TimedOut {
                    received: buffer.clone(),
                },
                error => error,
            })?;
            if possible.contains(PollFlags::OUT)
                && let Err(error) = self.write()
            {
                self.broken = Some(error);
                self.pending = &[];
            }
            if possible.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                let mut chunk = [0; 16 * 1024];
                match rustix::net::recv(self.stream, &mut chunk, RecvFlags::DONTWAIT) {
                    Ok((0, _)) => return Ok(false),
                    Ok((received, _)) => {
                        buffer.extend_from_slice(&chunk[..received]);
                        return Ok(true);
                    }
                    Err(Errno::AGAIN | Errno::INTR) => {}
                    Err(error) => return Err(failure(error, buffer.clone())),
                }
            }
        }
    }
}

fn failure(error: Errno, received: Vec<u8>) -> Error {
    match error {
        Errno::CONNRESET => Error::Reset { received },
        error => Error::Io(error.into()),
    }
}

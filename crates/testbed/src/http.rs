//! A raw HTTP/1.1 client: what it sends is what the test wrote, hostile bytes included. And what a server needs that
//! answers as the test says.

mod connection;
mod message;
mod question;
mod response;

use std::net::SocketAddr;

pub use connection::Connection;
pub use question::{Question, Questions};
pub use response::Response;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens.
    #[error("connection to {0} was refused")]
    Refused(SocketAddr),
    /// The peer closed the connection before it sent a byte of an answer.
    #[error("connection was closed without an answer")]
    Closed,
    /// The peer reset the connection.
    #[error("connection was reset after {} bytes of an answer", .received.len())]
    Reset {
        /// What had come until then.
        received: Vec<u8>,
    },
    /// The peer closed the connection within an answer.
    #[error(
        "connection was closed within an answer: {:?}",
        String::from_utf8_lossy(received)
    )]
    Truncated {
        /// What had come until then.
        received: Vec<u8>,
    },
    /// The answer did not come in time.
    #[error("no whole answer in time, but {:?}", String::from_utf8_lossy(received))]
    TimedOut {
        /// What had come until then.
        received: Vec<u8>,
    },
    /// What came is not an HTTP message.
    #[error("answer is not HTTP: {0}")]
    Malformed(String),
    /// The system refused an operation for another reason.
    #[error("connection failed")]
    Io(#[from] std::io::Error),
}

/// Sends exactly these bytes on a connection of their own, and reads one answer.
pub fn request(address: SocketAddr, bytes: &[u8]) -> Result<Response, Error> {
    Connection::open(address)?.request(bytes)
}

/// `GET path` on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> Result<Response, Error> {
    send(address, "GET", path, &[], b"")
}

/// A request on a connection of its own, which it asks to close.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Response, Error> {
    let mut all = vec![("Connection", "close")];
    all.extend_from_slice(headers);
    request(address, &compose(address, method, path, &all, body))
}

/// The bytes of a request: `Host` and `Content-Length` are added where `headers` lack them.
pub fn compose(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let has = |name: &str| {
        headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    let takes_body = matches!(method, "POST" | "PUT" | "PATCH") || !body.is_empty();

    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !has("host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if takes_body && !has("content-length") && !has("transfer-encoding") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");

    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

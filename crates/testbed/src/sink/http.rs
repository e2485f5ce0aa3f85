use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::Behaviour;
use super::acceptor::Acceptor;
use super::received::{Received, Request};
use crate::http::Error;
use crate::http::message::{Head, Headers, Reader, Source};

/// Far above the batches that exporters send.
const LONGEST_BODY: usize = 64 << 20;

/// An HTTP/1.1 server with a thread per connection.
pub(super) struct Server {
    _acceptor: Acceptor,
}

impl Server {
    pub(super) fn start(listener: TcpListener, received: Arc<Received>) -> Self {
        let acceptor = Acceptor::start(listener, move |stream| {
            let received = Arc::clone(&received);
            thread::spawn(move || {
                if let Err(error) = serve(&stream, &received) {
                    received.fail(error.to_string());
                }
                // The acceptor holds the connection too, so dropping it here does not close it.
                let _ = stream.shutdown(Shutdown::Both);
            });
        });
        Self {
            _acceptor: acceptor,
        }
    }
}

/// Requests until the peer ends; a peer that goes away within one is nothing to report.
fn serve(mut stream: &TcpStream, received: &Received) -> Result<(), Error> {
    let mut reader = Reader::default();
    loop {
        let read = request(&mut reader, &mut stream);
        let (head, body) = match read {
            Ok(Some(request)) => request,
            Ok(None) | Err(Error::Io(_) | Error::Truncated { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(answer) = answer(&head, body, received) else {
            hang(stream);
            return Ok(());
        };
        if stream.write_all(&answer).is_err() {
            return Ok(());
        }
    }
}

fn request(reader: &mut Reader, stream: &mut &TcpStream) -> Result<Option<(Head, Vec<u8>)>, Error> {
    let Some(mut head) = reader.head(stream)? else {
        return Ok(None);
    };
    for (name, _) in &mut head.headers {
        name.make_ascii_lowercase();
    }
    let body = reader.framed_body(stream, &head)?.unwrap_or_default();
    Ok(Some((head, body)))
}

/// The answer to a request; none where the sink is to hang.
fn answer(head: &Head, body: Vec<u8>, received: &Received) -> Option<Vec<u8>> {
    if !head.start.starts_with("POST /v1/traces HTTP/1.") {
        received.fail(format!("not a trace export: {}", head.start));
        return Some(response("404 Not Found", b""));
    }
    let headers = head.headers.clone();
    match received.request(Request { headers }) {
        Behaviour::Accept => {}
        Behaviour::Delay(delay) => thread::sleep(delay),
        Behaviour::Fail => return Some(response("503 Service Unavailable", b"")),
        Behaviour::Hang => return None,
    }
    match take(head, body, received) {
        Ok(()) => {
            let success = ExportTraceServiceResponse::default();
            Some(response("200 OK", &success.encode_to_vec()))
        }
        Err(error) => Some(response("400 Bad Request", error.as_bytes())),
    }
}

fn take(head: &Head, body: Vec<u8>, received: &Received) -> Result<(), String> {
    let refuse = |error: String| {
        received.fail(error.clone());
        Err(error)
    };
    let format = head.headers.first_value("content-type");
    if format != Some("application/x-protobuf") {
        return refuse(format!("content type is {format:?}"));
    }
    let body = match head.headers.first_value("content-encoding") {
        None | Some("identity") => body,
        Some("gzip") => match wire::gzip::decompress(&body, LONGEST_BODY) {
            Ok(body) => body,
            Err(error) => return refuse(error.to_string()),
        },
        Some(other) => return refuse(format!("content encoding is {other:?}")),
    };
    received.take(wire::otlp::decode(&body))
}

fn response(status: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Keeps the connection until the peer, or the drop of the sink, ends it.
fn hang(mut stream: &TcpStream) {
    let mut ignored = [0; 1024];
    while matches!(stream.read(&mut ignored), Ok(received) if received != 0) {}
}

impl Source for &TcpStream {
    fn more(&mut self, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        let mut chunk = [0; 16 * 1024];
        let received = self.read(&mut chunk)?;
        buffer.extend_from_slice(&chunk[..received]);
        Ok(received != 0)
    }
}

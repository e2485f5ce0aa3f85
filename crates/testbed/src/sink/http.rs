use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use wire::otlp::Span;
use wire::push::Push;

use super::Behaviour;
use super::acceptor::Acceptor;
use super::received::{Item, Received, Request};
use crate::http::{Error, Question, Questions};

/// Far above the batches that exporters send.
const LONGEST_BODY: usize = 64 << 20;

/// An item that comes over HTTP.
pub(super) trait Posted: Item {
    /// Where it is posted to.
    const PATH: &str;
    /// Its media type.
    const MEDIA: &str;

    /// Reads the body of a request.
    fn decode(body: &[u8]) -> Result<Vec<Self>, impl std::error::Error>;

    /// The body of the answer to a request that was taken.
    fn success() -> Vec<u8>;
}

impl Posted for Span {
    const PATH: &str = "/v1/traces";
    const MEDIA: &str = "application/x-protobuf";

    fn decode(body: &[u8]) -> Result<Vec<Self>, impl std::error::Error> {
        wire::otlp::decode(body)
    }

    fn success() -> Vec<u8> {
        ExportTraceServiceResponse::default().encode_to_vec()
    }
}

impl Posted for Push {
    const PATH: &str = "/push.v1.PusherService/Push";
    const MEDIA: &str = "application/proto";

    fn decode(body: &[u8]) -> Result<Vec<Self>, impl std::error::Error> {
        wire::push::decode(body)
    }

    fn success() -> Vec<u8> {
        // The message of success has no fields.
        Vec::new()
    }
}

/// An HTTP/1.1 server with a thread per connection.
pub(super) struct Server {
    _acceptor: Acceptor,
}

impl Server {
    pub(super) fn start<T: Posted>(listener: TcpListener, received: Arc<Received<T>>) -> Self {
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
fn serve<T: Posted>(mut stream: &TcpStream, received: &Received<T>) -> Result<(), Error> {
    let mut questions = Questions::default();
    loop {
        let question = match questions.next(stream) {
            Ok(Some(question)) => question,
            Ok(None) | Err(Error::Io(_) | Error::Truncated { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(answer) = answer(&question, received) else {
            hang(stream);
            return Ok(());
        };
        if stream.write_all(&answer).is_err() {
            return Ok(());
        }
    }
}

/// The answer to a request; none where the sink is to hang.
fn answer<T: Posted>(question: &Question, received: &Received<T>) -> Option<Vec<u8>> {
    let (method, target) = (&question.method, &question.target);
    if method != "POST" || target != T::PATH {
        received.fail(format!("not for {}: {method} {target}", T::PATH));
        return Some(response::<T>("404 Not Found", b""));
    }
    let headers = question.headers.clone();
    match received.request(Request { headers }) {
        Behaviour::Accept => {}
        Behaviour::Delay(delay) => thread::sleep(delay),
        Behaviour::Fail => return Some(response::<T>("503 Service Unavailable", b"")),
        Behaviour::Hang => return None,
    }
    match take(question, received) {
        Ok(()) => Some(response::<T>("200 OK", &T::success())),
        Err(error) => Some(response::<T>("400 Bad Request", error.as_bytes())),
    }
}

fn take<T: Posted>(question: &Question, received: &Received<T>) -> Result<(), String> {
    let refuse = |error: String| {
        received.fail(error.clone());
        Err(error)
    };
    let format = question.header("content-type");
    if format != Some(T::MEDIA) {
        return refuse(format!("content type is {format:?}"));
    }
    let body = match question.header("content-encoding") {
        None | Some("identity") => Cow::Borrowed(&question.body),
        Some("gzip") => match wire::gzip::decompress(&question.body, LONGEST_BODY) {
            Ok(body) => Cow::Owned(body),
            Err(error) => return refuse(error.to_string()),
        },
        Some(other) => return refuse(format!("content encoding is {other:?}")),
    };
    received.take(T::decode(&body))
}

fn response<T: Posted>(status: &str, body: &[u8]) -> Vec<u8> {
    let (media, length) = (T::MEDIA, body.len());
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n")
            .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Keeps the connection until the peer, or the drop of the sink, ends it.
fn hang(mut stream: &TcpStream) {
    let mut ignored = [0; 1024];
    while matches!(stream.read(&mut ignored), Ok(received) if received != 0) {}
}

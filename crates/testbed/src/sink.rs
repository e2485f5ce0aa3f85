//! Receivers of OTLP traces and of profiles, well-behaved and not.

mod acceptor;
mod grpc;
mod hole;
mod http;
mod profiles;
mod received;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use wire::otlp::Span;

use crate::PATIENCE;
use received::Received;

pub use profiles::ProfileSink;
pub use received::Request;

/// How a sink treats the requests that reach it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes what comes and says so at once.
    #[default]
    Accept,
    /// Takes what comes and says so after a while.
    Delay(Duration),
    /// Takes nothing, and asks to try again: UNAVAILABLE, or 503.
    Fail,
    /// Takes nothing, and does not answer as long as the sink lives.
    Hang,
}

/// A receiver of OTLP traces on 127.0.0.1, which stops when it is dropped.
pub struct Sink {
    address: SocketAddr,
    received: Arc<Received<Span>>,
    patience: Duration,
    _server: Server,
}

#[expect(dead_code, reason = "held for what their drop does")]
enum Server {
    Grpc(grpc::Server),
    Http(http::Server),
    Hole(hole::Hole),
}

impl Sink {
    /// OTLP over gRPC.
    pub fn grpc() -> Self {
        Self::grpc_at(0)
    }

    /// OTLP over gRPC, on a port that the caller knows already.
    pub fn grpc_at(port: u16) -> Self {
        Self::start(port, |listener, received| {
            Server::Grpc(grpc::Server::start(listener, received))
        })
    }

    /// OTLP over HTTP: `POST /v1/traces` with protobuf.
    pub fn http() -> Self {
        Self::http_at(0)
    }

    /// OTLP over HTTP, on a port that the caller knows already.
    pub fn http_at(port: u16) -> Self {
        Self::start(port, |listener, received| {
            Server::Http(http::Server::start(listener, received))
        })
    }

    /// Accepts connections, reads nothing and answers nothing.
    pub fn black_hole() -> Self {
        Self::start(0, |listener, _| Server::Hole(hole::Hole::start(listener)))
    }

    /// OTLP over gRPC, answering UNAVAILABLE.
    pub fn failing() -> Self {
        let sink = Self::grpc();
        sink.behave(Behaviour::Fail);
        sink
    }

    /// OTLP over gRPC, answering after `delay`.
    pub fn slow(delay: Duration) -> Self {
        let sink = Self::grpc();
        sink.behave(Behaviour::Delay(delay));
        sink
    }

    /// Sets how long each wait lasts; [`PATIENCE`] if not called.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Changes how requests are treated from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.received.behave(behaviour);
    }

    /// The address as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the sink listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came, those not answered or refused included.
    pub fn requests(&self) -> usize {
        self.received.state.read(|state| state.requests)
    }

    /// The newest request, if one came.
    pub fn last_request(&self) -> Option<Request> {
        self.received.state.read(|state| state.last.clone())
    }

    /// What could not be decoded, in words.
    pub fn errors(&self) -> Vec<String> {
        self.received.state.read(|state| state.errors.clone())
    }

    /// Every span taken so far, in the order of arrival.
    ///
    /// # Panics
    /// If a request came that could not be decoded.
    pub fn spans(&self) -> Vec<Span> {
        self.received.state.read(|state| state.whole().to_vec())
    }

    /// Forgets spans, requests and errors.
    pub fn clear(&self) {
        self.received.clear();
    }

    /// Waits until the spans taken so far satisfy `enough`, and returns them.
    ///
    /// # Panics
    /// If they do not in time.
    #[track_caller]
    pub fn wait_for_spans(&self, awaited: &str, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        self.received.wait(awaited, self.patience, |spans| {
            enough(spans).then(|| spans.to_vec())
        })
    }

    /// Waits for a span that satisfies `matches`.
    ///
    /// # Panics
    /// If none comes in time.
    #[track_caller]
    pub fn wait_for_span(&self, awaited: &str, matches: impl Fn(&Span) -> bool) -> Span {
        self.received.wait(awaited, self.patience, |spans| {
            spans.iter().find(|span| matches(span)).cloned()
        })
    }

    /// Waits for the span of an identifier.
    ///
    /// # Panics
    /// If it does not come in time.
    #[track_caller]
    pub fn span(&self, trace_id: &str, span_id: &str) -> Span {
        self.wait_for_span(&format!("span {span_id} of trace {trace_id}"), |span| {
            span.trace_id == trace_id && span.span_id == span_id
        })
    }

    /// Waits until a trace has at least `count` spans, and returns all that it has.
    ///
    /// # Panics
    /// If it has not in time.
    #[track_caller]
    pub fn trace(&self, trace_id: &str, count: usize) -> Vec<Span> {
        let awaited = format!("{count} spans of trace {trace_id}");
        self.received.wait(&awaited, self.patience, |spans| {
            let of_trace = spans.iter().filter(|span| span.trace_id == trace_id);
            let of_trace: Vec<_> = of_trace.cloned().collect();
            (count <= of_trace.len()).then_some(of_trace)
        })
    }

    /// Waits until at least `count` requests came, whatever became of them.
    ///
    /// # Panics
    /// If they do not in time.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        let enough = self.received.state.wait(self.patience, |state| {
            (count <= state.requests).then_some(())
        });
        if enough.is_none() {
            panic!("awaited {count} requests, there were {}", self.requests());
        }
    }

    fn start(port: u16, server: impl FnOnce(TcpListener, Arc<Received<Span>>) -> Server) -> Self {
        let listener = listen(port);
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Received::default());
        Self {
            address,
            _server: server(listener, Arc::clone(&received)),
            received,
            patience: PATIENCE,
        }
    }
}

fn listen(port: u16) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .unwrap_or_else(|error| panic!("sink cannot listen on port {port}: {error}"))
}

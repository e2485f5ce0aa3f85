//! An OTLP/gRPC receiver that counts spans without decoding what is in them.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Response, Status};
use tonic_prost::ProstCodec;

use super::Counts;

/// `ExportTraceServiceRequest` as far as its spans; what is not declared is skipped.
#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpans {
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Span {}

#[derive(Clone, PartialEq, prost::Message)]
struct Taken {}

pub(super) fn start(counts: Arc<Counts>) -> std::io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tonic::transport::Server::builder()
                .add_service(Collector(counts))
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
                .map_err(std::io::Error::other)
        })
    });
    Ok(address)
}

#[derive(Clone)]
struct Collector(Arc<Counts>);

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tonic::codegen::Service<http::Request<Body>> for Collector {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let export = Export(self.0.clone());
        Box::pin(async move {
            let codec = ProstCodec::<Taken, Request>::default();
            let mut grpc = Grpc::new(codec).max_decoding_message_size(64 << 20);
            Ok(grpc.unary(export, request).await)
        })
    }
}

struct Export(Arc<Counts>);

impl UnaryService<Request> for Export {
    type Response = Taken;
    type Future = Ready<Result<Response<Taken>, Status>>;

    fn call(&mut self, request: tonic::Request<Request>) -> Self::Future {
        let request = request.into_inner();
        let scopes = request.resource_spans.iter().flat_map(|r| &r.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.0.spans.fetch_add(spans as u64, Ordering::Relaxed);
        ready(Ok(Response::new(Taken {})))
    }
}

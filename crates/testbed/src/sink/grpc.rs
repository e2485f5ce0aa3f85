use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use tokio::sync::oneshot;
use tonic::codec::CompressionEncoding;
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use wire::otlp::Span;

use super::Behaviour;
use super::received::{self, Received};

/// A gRPC server on a runtime and a thread of its own.
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(listener: TcpListener, received: Arc<Received<Span>>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    outcome = serve(listener, received) => outcome.unwrap(),
                    _ = stopped => {}
                }
            });
            // Connections are tasks of the runtime: without it they are closed.
            drop(runtime);
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn serve(
    listener: TcpListener,
    received: Arc<Received<Span>>,
) -> Result<(), tonic::transport::Error> {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let service = TraceServiceServer::new(Traces { received })
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(64 << 20);
    tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
}

struct Traces {
    received: Arc<Received<Span>>,
}

#[tonic::async_trait]
impl TraceService for Traces {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let headers = headers(request.metadata());
        match self.received.request(received::Request { headers }) {
            Behaviour::Accept => {}
            Behaviour::Delay(delay) => tokio::time::sleep(delay).await,
            Behaviour::Fail => return Err(Status::unavailable("the sink was told to fail")),
            Behaviour::Hang => std::future::pending().await,
        }
        self.received
            .take(wire::otlp::spans(request.into_inner()))
            .map_err(Status::invalid_argument)?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn headers(metadata: &MetadataMap) -> Vec<(String, String)> {
    let pairs = metadata.iter().map(|pair| match pair {
        KeyAndValueRef::Ascii(name, value) => (name.as_str(), value.as_encoded_bytes()),
        KeyAndValueRef::Binary(name, value) => (name.as_str(), value.as_encoded_bytes()),
    });
    pairs
        .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
        .collect()
}

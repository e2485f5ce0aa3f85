//! OTLP over gRPC. Messages are passed on as bytes: the intake reads them item by item.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use futures_util::future::BoxFuture;
use prost::bytes::{Buf, BufMut, Bytes};
use tokio::sync::oneshot;
use tonic::codec::{
    Codec, CompressionEncoding, DecodeBuf, Decoder, EnabledCompressionEncodings, EncodeBuf, Encoder,
};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use wire::otlp::Signal;

use super::{Intake, Refusal, otlp};

/// A gRPC server on a runtime and a thread of its own, so that decoding holds up no page.
pub(super) struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(address: SocketAddr, intake: Intake) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let bound = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("otlp-grpc".to_owned());
        let thread = thread.spawn(move || {
            let served = runtime.block_on(serve(listener, intake, stopped));
            if let Err(error) = served {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "OTLP over gRPC ended"
                );
            }
        })?;
        tracing::info!(
            server.role = "otlp-grpc",
            server.address = %bound.ip(),
            server.port = bound.port(),
            "listening"
        );
        Ok(Self { stop, thread })
    }

    pub(super) fn stop(self) {
        drop(self.stop);
        // It ends at once: connections are tasks of its runtime.
        let _panicked = self.thread.join();
    }
}

async fn serve(
    listener: std::net::TcpListener,
    intake: Intake,
    stopped: oneshot::Receiver<()>,
) -> Result<(), tonic::transport::Error> {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "OTLP over gRPC cannot listen"
            );
            return Ok(());
        }
    };
    let service = |signal| Export {
        intake: intake.clone(),
        signal,
    };
    let server = tonic::transport::Server::builder()
        .concurrency_limit_per_connection(32)
        .http2_max_header_list_size(16 * 1024)
        .add_service(Traces(service(Signal::Traces)))
        .add_service(Logs(service(Signal::Logs)))
        .add_service(Metrics(service(Signal::Metrics)))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::select! {
        served = server => served,
        _ = stopped => Ok(()),
    }
}

#[derive(Clone)]
struct Export {
    intake: Intake,
    signal: Signal,
}

#[derive(Clone)]
struct Traces(Export);

#[derive(Clone)]
struct Logs(Export);

#[derive(Clone)]
struct Metrics(Export);

impl NamedService for Traces {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl NamedService for Logs {
    const NAME: &'static str = "opentelemetry.proto.collector.logs.v1.LogsService";
}

impl NamedService for Metrics {
    const NAME: &'static str = "opentelemetry.proto.collector.metrics.v1.MetricsService";
}

type HttpRequest = http::Request<tonic::body::Body>;
type HttpResponse = http::Response<tonic::body::Body>;

macro_rules! serve_unary {
    ($service:ty) => {
        impl tonic::codegen::Service<HttpRequest> for $service {
            type Response = HttpResponse;
            type Error = Infallible;
            type Future = BoxFuture<'static, Result<HttpResponse, Infallible>>;

            fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: HttpRequest) -> Self::Future {
                let export = self.0.clone();
                Box::pin(async move { Ok(answer(export, request).await) })
            }
        }
    };
}

serve_unary!(Traces);
serve_unary!(Logs);
serve_unary!(Metrics);

async fn answer(export: Export, request: HttpRequest) -> HttpResponse {
    if !request.uri().path().ends_with("/Export") {
        return Status::unimplemented("the only method is Export").into_http();
    }
    let mut gzip = EnabledCompressionEncodings::default();
    gzip.enable(CompressionEncoding::Gzip);
    let longest = export.intake.push_bytes();
    let mut server = Grpc::new(Plain)
        .apply_compression_config(gzip, EnabledCompressionEncodings::default())
        .apply_max_message_size_config(Some(longest), None);
    let (intake, signal) = (export.intake.clone(), otlp::kept(export.signal));
    let answer = server.unary(export, request).await;
    // A message that is too long does not get as far as the intake.
    if Status::from_header_map(answer.headers())
        .is_some_and(|status| status.code() == Code::OutOfRange)
    {
        intake.refuse(signal, Refusal::TooLarge { limit: longest });
    }
    answer
}

impl UnaryService<Bytes> for Export {
    type Response = Vec<u8>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let outcome = self.intake.otlp(self.signal, &request.into_inner());
        Box::pin(std::future::ready(match outcome {
            Ok(outcome) => Ok(Response::new(otlp::answer(&outcome))),
            Err(refusal) => Err(status(&refusal)),
        }))
    }
}

fn status(refusal: &Refusal) -> Status {
    let words = refusal.to_string();
    match refusal {
        // The code that exporters try again after, if it names a pause.
        Refusal::TooMuch => Status::unavailable(words),
        Refusal::TooLarge { .. } => Status::resource_exhausted(words),
        Refusal::Forbidden(_) => Status::permission_denied(words),
        Refusal::Malformed(_) | Refusal::Unsupported(_) => Status::invalid_argument(words),
    }
}

/// Messages as the bytes they came in.
struct Plain;

impl Codec for Plain {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

//! One question to fulfilment and its answer, seen by telemetry.

use std::time::Duration;

use domain::Rejection;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use telemetry::client::{self, Call, ErrorType};
use tokio::time::{Instant, timeout_at};

use super::Peer;

const TEMPLATE: &str = "/quotes";
/// A quote is some dozens of bytes; more is no quote.
const MAX_ANSWER_BYTES: usize = 16 << 10;
/// Shorter than any of our servers keeps a connection, so that a question rarely meets a closed one.
const KEPT_IDLE: Duration = Duration::from_secs(4);
/// Connections that may wait for the next question, per worker.
const MAX_IDLE: usize = 16;

type Bytes = actix_web::web::Bytes;
type Http = Client<HttpConnector, Full<Bytes>>;

/// Connections to fulfilment.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    call: Call,
    uri: Uri,
    client: client::Client,
    http: Http,
    timeout: Duration,
}

/// Why there is no quote.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Nobody there, or gone before the answer.
    #[error("fulfilment cannot be reached")]
    Unreachable(#[source] Error),
    /// There, but too slow.
    #[error("fulfilment did not answer in time")]
    TimedOut,
    /// An answer other than 200.
    #[error("fulfilment answered {0}")]
    Status(u16),
    /// An answer that ends before its end, or does not end.
    #[error("the answer of fulfilment cannot be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer that is no quote.
    #[error("the answer of fulfilment is no quote")]
    Garbled(#[source] serde_json::Error),
    /// A quote that nobody would pay.
    #[error("the quote of fulfilment is not acceptable")]
    Refused(#[source] Rejection),
}

impl Failure {
    /// Whether a moment later the outcome may be another.
    pub(super) fn may_pass(&self) -> bool {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE.as_u16();
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => *status == unavailable,
            Self::TimedOut | Self::Body(_) | Self::Garbled(_) | Self::Refused(_) => false,
        }
    }
}

impl ErrorType for Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "connection",
            Self::TimedOut => "timeout",
            Self::Body(_) => "body_failed",
            Self::Status(_) | Self::Garbled(_) | Self::Refused(_) => "_OTHER",
        }
    }
}

impl Exchange {
    pub(super) fn new(peer: Peer, client: client::Client, timeout: Duration) -> Self {
        let call = Call {
            peer: "fulfilment",
            method: "POST",
            address: peer.host,
            port: peer.port,
            template: TEMPLATE,
        };
        Self {
            call,
            uri: peer.uri(TEMPLATE),
            client,
            http: connections(timeout),
            timeout,
        }
    }

    /// Leaves its connections to whom it was cloned from.
    pub(super) fn reconnect(&mut self) {
        self.http = connections(self.timeout);
    }

    /// Sends `question` and returns the body of a 200 answer, which is there by `deadline`.
    pub(super) async fn ask(&self, question: Vec<u8>, deadline: Instant) -> Result<Bytes, Failure> {
        let exchange = |headers| async move {
            timeout_at(deadline, self.exchange(question, headers))
                .await
                .unwrap_or(Err(Failure::TimedOut))
        };
        let (status, body) = self.client.call(self.call, exchange).await?;
        body.ok_or(Failure::Status(status))
    }

    async fn exchange(
        &self,
        question: Vec<u8>,
        headers: HeaderMap,
    ) -> Result<(u16, Option<Bytes>), Failure> {
        let mut request = Request::new(Full::from(question));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let answer = self
            .http
            .request(request)
            .await
            .map_err(Failure::Unreachable)?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Ok((status.as_u16(), None));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES);
        let body = body.collect().await.map_err(Failure::Body)?;
        Ok((status.as_u16(), Some(body.to_bytes())))
    }
}

fn connections(timeout: Duration) -> Http {
    let mut connector = HttpConnector::new();
    // One that nobody waits for any more ends too.
    connector.set_connect_timeout(Some(timeout));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEPT_IDLE)
        .pool_max_idle_per_host(MAX_IDLE)
        .build(connector)
}

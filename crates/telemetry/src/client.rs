//! Calls to other services: a CLIENT span, a duration, and the headers that carry the trace on.
//!
//! Names follow the OpenTelemetry conventions for HTTP client calls; no HTTP library is involved.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Unit;

pub use crate::error_type::ErrorType;

use crate::identity::PEER_SERVICE;
use crate::metrics::{REQUEST_SECONDS, TraceExemplar, exemplar};
use crate::{Request, Telemetry};

type Histogram = HistogramWithExemplars<TraceExemplar>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    http_request_method: &'static str,
    server_address: &'static str,
    http_response_status_code: Option<u32>,
    error_type: String,
}

/// Outgoing HTTP; made once by [`Telemetry::client`].
#[derive(Clone, Debug)]
pub struct Client {
    telemetry: Telemetry,
    durations: Family<Labels, Histogram, fn() -> Histogram>,
}

/// Where a call goes. All of it comes from code or settings, none from a client.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// `peer.service`: the name of the service that is called.
    pub peer: &'static str,
    /// `http.request.method`.
    pub method: &'static str,
    /// `server.address`.
    pub address: &'static str,
    /// `server.port`.
    pub port: u16,
    /// `url.template`, such as `/quotes/{id}`.
    pub template: &'static str,
}

impl Telemetry {
    /// Prepares outgoing HTTP. Call it once per process: it registers the metric family.
    pub fn client(&self) -> Client {
        let new: fn() -> Histogram = || Histogram::new(REQUEST_SECONDS.into_iter());
        let durations = Family::new_with_constructor(new);
        self.metrics().register_with_unit(
            "http_client_request_duration",
            "Duration of HTTP client requests",
            Unit::Seconds,
            durations.clone(),
        );
        Client {
            telemetry: self.clone(),
            durations,
        }
    }
}

impl Client {
    /// Runs `send` as one call. It gets the headers to send along (`traceparent`, `X-Request-Id`) and
    /// returns the status of the answer with whatever it made of it.
    ///
    /// # Errors
    /// Those of `send`, counted by their [`ErrorType`]; a status of 400 or more is none, but counted.
    pub async fn call<T, E, F>(
        &self,
        call: Call,
        send: impl FnOnce(HeaderMap) -> F,
    ) -> Result<(u16, T), E>
    where
        E: ErrorType,
        F: Future<Output = Result<(u16, T), E>>,
    {
        let context = self.started(call);
        let headers = self.headers(&context);
        let mut running = Running {
            client: self,
            call,
            context: context.clone(),
            started: Instant::now(),
            ended: false,
        };
        let outcome = send(headers).with_context(context).await;
        match &outcome {
            Ok((status, _)) if *status < 400 => running.end(Some(*status), String::new()),
            Ok((status, _)) => running.end(Some(*status), status.to_string()),
            Err(error) => running.end(None, error.error_type().to_owned()),
        }
        outcome
    }

    fn started(&self, call: Call) -> Context {
        let tracer = self.telemetry.tracer();
        let name = format!("{} {}", call.method, call.template);
        let span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Client)
            .start(tracer);
        span_attributes(Context::current_with_span(span), call)
    }

    fn headers(&self, context: &Context) -> HeaderMap {
        let mut headers = Headers(HeaderMap::new());
        self.telemetry
            .propagator()
            .inject_context(context, &mut headers);
        if let Some(request) = Request::current() {
            headers.set("x-request-id", request.id().to_owned());
        }
        headers.0
    }
}

fn span_attributes(context: Context, call: Call) -> Context {
    if context.span().is_recording() {
        context.span().set_attributes([
            KeyValue::new(attribute::HTTP_REQUEST_METHOD, call.method),
            KeyValue::new(attribute::SERVER_ADDRESS, call.address),
            KeyValue::new(attribute::SERVER_PORT, i64::from(call.port)),
            KeyValue::new(attribute::URL_TEMPLATE, call.template),
            KeyValue::new(PEER_SERVICE, call.peer),
        ]);
    }
    context
}

struct Headers(HeaderMap);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// A call under way; one that is dropped, because its request was, still ends its span.
struct Running<'a> {
    client: &'a Client,
    call: Call,
    context: Context,
    started: Instant,
    ended: bool,
}

impl Running<'_> {
    fn end(&mut self, status: Option<u16>, error_type: String) {
        self.ended = true;
        let elapsed: Duration = self.started.elapsed();
        let span = self.context.span();
        if let Some(status) = status {
            span.set_attribute(KeyValue::new(
                attribute::HTTP_RESPONSE_STATUS_CODE,
                i64::from(status),
            ));
        }
        if !error_type.is_empty() {
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, error_type.clone()));
            span.set_status(Status::error(error_type.clone()));
        }
        let labels = Labels {
            http_request_method: self.call.method,
            server_address: self.call.address,
            http_response_status_code: status.map(u32::from),
            error_type,
        };
        self.client.durations.get_or_create_owned(&labels).observe(
            elapsed.as_secs_f64(),
            exemplar(span.span_context()),
            Some(SystemTime::now()),
        );
        span.end();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(None, "cancelled".to_owned());
        }
    }
}

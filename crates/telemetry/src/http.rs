//! The actix-web middleware: one span, one measurement and one line per request, all with the same ids.
//!
//! Names follow the OpenTelemetry conventions for HTTP servers.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use futures_util::future::LocalBoxFuture;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{FutureExt, SpanContext, SpanKind, TraceContextExt, Tracer};
use tracing::Level;

pub use body::ObservedBody;
pub use error_type::ErrorType;
pub use peer::client_address;

use crate::profiles::Root;
use crate::{Request, Telemetry, digits, traces};
use head::Head;
use measures::Measures;
use observation::{ACCESS, Observation};
use peer::Peer;

mod body;
mod error_type;
mod head;
mod measures;
mod observation;
mod peer;
mod request_id;
mod route;

const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C Trace Context Level 2: the trace that the answer belongs to.
const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The middleware. Wrap it around everything else, so that it sees every answer.
#[derive(Clone, Debug)]
pub struct Http {
    telemetry: Telemetry,
    measures: Measures,
    quiet: &'static [&'static str],
    has_lines: bool,
}

impl Telemetry {
    /// Makes the middleware, once per process: it registers the metric families.
    /// Requests to the paths of `quiet` get an id, but no span, measurement or line.
    pub fn http(&self, quiet: &'static [&'static str]) -> Http {
        Http {
            telemetry: self.clone(),
            measures: Measures::register(self.metrics()),
            quiet,
            has_lines: self.settings().log.would_enable(ACCESS, &Level::INFO),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Http
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = actix_web::Error;
    type Transform = HttpMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let worker = Rc::new(self.measures.for_worker());
        ready(Ok(HttpMiddleware {
            service,
            http: self.clone(),
            worker,
        }))
    }
}

/// [`Http`] within one worker.
#[derive(Debug)]
pub struct HttpMiddleware<S> {
    service: S,
    http: Http,
    worker: Rc<measures::Worker>,
}

impl<S, B> Service<ServiceRequest> for HttpMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<ObservedBody<B>>;
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let now = SystemTime::now();
        let id = request_id::accepted_or_new(request.headers(), now);
        if self.http.quiet.contains(&request.path()) {
            return self.call_quietly(request, id);
        }
        self.worker.learn_urls(&request);
        let peer = Peer::of(&request, &self.http.telemetry.settings().trusted_proxies);
        let head = Head::of(&request);
        let context = self.begin(&request, head.method, &peer, now);
        let served = Arc::new(Request::new(id, context.span().span_context().clone()));
        let context = context.with_value(served.clone());
        let observation = Observation::begin(
            &self.http,
            &self.worker,
            served.clone(),
            head,
            peer,
            context.clone(),
        );
        let root = Root::of(&context);
        let answer = {
            let _attached = context.clone().attach();
            root.within(|| self.service.call(request))
        };
        let answer = root.labelled(answer);
        Box::pin(async move {
            match answer.with_context(context.clone()).await {
                Ok(mut answer) => {
                    let span = context.span();
                    add_headers(answer.headers_mut(), served.id(), span.span_context());
                    Ok(observation.answered(answer))
                }
                Err(error) => {
                    let answer = answer_of(&error, served.id(), context.span().span_context());
                    observation.failed(&answer);
                    Err(InternalError::from_response(error, answer).into())
                }
            }
        })
    }
}

impl<S, B> HttpMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    fn call_quietly(
        &self,
        request: ServiceRequest,
        id: String,
    ) -> LocalBoxFuture<'static, Result<ServiceResponse<ObservedBody<B>>, actix_web::Error>> {
        let context = Context::new()
            .with_value(Arc::new(Request::new(
                id.clone(),
                SpanContext::empty_context(),
            )))
            .with_telemetry_suppressed();
        let answer = self.service.call(request);
        Box::pin(async move {
            let no_span = SpanContext::empty_context();
            match answer.with_context(context).await {
                Ok(mut answer) => {
                    add_headers(answer.headers_mut(), &id, &no_span);
                    Ok(answer.map_body(|_, body| ObservedBody::unobserved(body)))
                }
                Err(error) => {
                    let answer = answer_of(&error, &id, &no_span);
                    Err(InternalError::from_response(error, answer).into())
                }
            }
        })
    }

    /// Starts the span: under the caller's if the peer is trusted, else a root with a link to it,
    /// so that nobody outside forces or hides sampling. Nothing is built before the sampler has decided;
    /// the span gets its name with its route, which is known once the request has been served.
    fn begin(
        &self,
        request: &ServiceRequest,
        method: &'static str,
        peer: &Peer,
        now: SystemTime,
    ) -> Context {
        let telemetry = &self.http.telemetry;
        let mut parent = caller(telemetry, request.headers());
        let mut builder = telemetry
            .tracer()
            .span_builder(route::verb(method))
            .with_kind(SpanKind::Server)
            .with_attributes(Vec::with_capacity(head::ATTRIBUTES))
            .with_start_time(now);
        if !peer.is_trusted {
            if let Some(link) = traces::link_to(parent.span().span_context()) {
                builder = builder.with_links(vec![link]);
            }
            parent = Context::new();
        }
        let span = builder.start_with_context(telemetry.tracer(), &parent);
        parent.with_span(span)
    }
}

/// What the headers say of the caller.
fn caller(telemetry: &Telemetry, headers: &HeaderMap) -> Context {
    let nobody = Context::new();
    if !headers.contains_key(TRACEPARENT) && !headers.contains_key(BAGGAGE) {
        return nobody;
    }
    telemetry
        .propagator()
        .extract_with_context(&nobody, &Headers::of(headers))
}

/// The answer to an error that no layer below has made one of.
fn answer_of(error: &actix_web::Error, id: &str, span: &SpanContext) -> HttpResponse {
    let mut answer = error.error_response();
    add_headers(answer.headers_mut(), id, span);
    answer
}

fn add_headers(headers: &mut HeaderMap, id: &str, span: &SpanContext) {
    // Accepted ids consist of letters that a header may hold.
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if span.is_valid()
        && let Ok(trace) = HeaderValue::from_bytes(&traceresponse(span))
    {
        headers.insert(TRACERESPONSE, trace);
    }
}

/// `00-{trace}-{span}-{flags}`
fn traceresponse(span: &SpanContext) -> [u8; 55] {
    let mut value = *b"00-????????????????????????????????-????????????????-0?";
    digits::hex(&span.trace_id().to_bytes(), &mut value[3..35]);
    digits::hex(&span.span_id().to_bytes(), &mut value[36..52]);
    value[54] = b'0' + (span.trace_flags().to_u8() & 1);
    value
}

/// The headers that carry context; what comes in several lines is one list (RFC 9110, 5.3), and a list is no `traceparent`.
struct Headers<'a> {
    headers: &'a HeaderMap,
    joined: Vec<(&'static str, String)>,
}

impl<'a> Headers<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let joined = ["traceparent", "tracestate", "baggage"]
            .into_iter()
            .filter(|name| headers.get_all(*name).nth(1).is_some())
            .map(|name| {
                let lines = headers.get_all(name).filter_map(|line| line.to_str().ok());
                (name, lines.collect::<Vec<_>>().join(","))
            });
        Self {
            joined: joined.collect(),
            headers,
        }
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match self.joined.iter().find(|(name, _)| *name == key) {
            Some((_, list)) => Some(list),
            None => self.headers.get(key)?.to_str().ok(),
        }
    }

    fn keys(&self) -> Vec<&str> {
        self.headers.keys().map(HeaderName::as_str).collect()
    }
}

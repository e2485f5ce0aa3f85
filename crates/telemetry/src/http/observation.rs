//! One request, reported exactly once: when it is answered, or when it is dropped without an answer.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_semantic_conventions::attribute;
use prometheus_client::metrics::gauge::Gauge;

use super::Http;
use super::body::ObservedBody;
use super::error_type::{self, ErrorType};
use super::head::{self, Head};
use super::measures::{End, Worker};
use super::peer::Peer;
use super::route::Route;
use crate::logs::Line;
use crate::{Request, Telemetry, request};

/// A request under way.
#[derive(Debug)]
pub(super) struct Observation {
    telemetry: Telemetry,
    worker: Rc<Worker>,
    request: Arc<Request>,
    head: Head,
    peer: Peer,
    scheme: &'static str,
    /// Known once there is an answer.
    route: Option<&'static Route>,
    context: Context,
    active: Gauge,
    started: Instant,
    answer: Answer,
    has_line: bool,
    reported: bool,
}

/// Starts as what is true of a request that is dropped.
#[derive(Clone, Copy, Debug)]
struct Answer {
    status: Option<u16>,
    error_type: &'static str,
    bytes: Option<u64>,
}

impl Answer {
    fn of<B: MessageBody>(response: &HttpResponse<B>) -> Self {
        let status = response.status();
        let named = response.extensions().get::<ErrorType>().copied();
        let bytes = match response.body().size() {
            BodySize::None => Some(0),
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::Stream => None,
        };
        Self {
            status: Some(status.as_u16()),
            error_type: named.map_or_else(|| error_type::of_status(status), |named| named.0),
            bytes,
        }
    }
}

impl Observation {
    pub(super) fn begin(
        http: &Http,
        worker: &Rc<Worker>,
        request: Arc<Request>,
        head: Head,
        peer: Peer,
        context: Context,
    ) -> Self {
        let scheme = head::scheme(&peer);
        let active = worker.active(head.method, scheme);
        active.inc();
        Self {
            telemetry: http.telemetry.clone(),
            worker: worker.clone(),
            request,
            head,
            peer,
            scheme,
            route: None,
            context,
            active,
            started: Instant::now(),
            answer: Answer {
                status: None,
                error_type: error_type::CLIENT_DISCONNECTED,
                bytes: None,
            },
            has_line: http.has_lines,
            reported: false,
        }
    }

    /// Reports an answer whose body is all there; one that is still to come reports at its end.
    pub(super) fn answered<B: MessageBody>(
        mut self,
        answer: ServiceResponse<B>,
    ) -> ServiceResponse<ObservedBody<B>> {
        let pattern = answer.request().match_pattern();
        self.route = Some(self.worker.route(self.head.method, pattern));
        self.answer = Answer::of(answer.response());
        if self.answer.bytes.is_some() {
            self.report();
            return answer.map_body(|_, body| ObservedBody::unobserved(body));
        }
        answer.map_body(|_, body| ObservedBody::observed(body, self))
    }

    /// Reports the answer to an error that no layer below has made one of.
    pub(super) fn failed(mut self, answer: &HttpResponse) {
        self.answer = Answer::of(answer);
        self.report();
    }

    /// Reports a streamed answer, which has ended well or broken off.
    pub(super) fn sent(mut self, bytes: u64, whole: bool) {
        self.answer.bytes = Some(bytes);
        if !whole {
            self.answer.error_type = error_type::BODY_FAILED;
        }
        self.report();
    }

    fn report(&mut self) {
        self.reported = true;
        self.active.dec();
        let route = self.route();
        let end = End {
            status: self.answer.status,
            error_type: self.answer.error_type,
            scheme: self.scheme,
            elapsed: self.started.elapsed(),
            at: SystemTime::now(),
        };
        self.end_span(route, end);
        self.worker
            .finished(route, end, self.context.span().span_context());
        if self.has_line {
            self.telemetry
                .parts
                .output
                .line(|line| self.access_line(line, route, end));
        }
    }

    fn route(&self) -> &'static Route {
        self.route.unwrap_or_else(|| {
            let pattern = self.worker.pattern_of(self.head.path());
            self.worker.route(self.head.method, pattern)
        })
    }

    fn end_span(&self, route: &'static Route, end: End) {
        let span = self.context.span();
        if span.is_recording() {
            span.update_name(route.span_name);
            let id = self.request.id();
            let mut attributes = self.head.attributes(route, &self.peer, id);
            if let Some(status) = end.status {
                attributes.push(KeyValue::new(
                    attribute::HTTP_RESPONSE_STATUS_CODE,
                    i64::from(status),
                ));
            }
            if let Some(bytes) = self.answer.bytes {
                attributes.push(KeyValue::new(
                    attribute::HTTP_RESPONSE_BODY_SIZE,
                    i64::try_from(bytes).unwrap_or(i64::MAX),
                ));
            }
            if !end.error_type.is_empty() {
                attributes.push(KeyValue::new(attribute::ERROR_TYPE, end.error_type));
                span.set_status(Status::error(end.error_type));
            }
            span.set_attributes(attributes);
        }
        span.end_with_timestamp(end.at);
    }

    fn access_line(&self, line: &mut Line, route: &Route, end: End) {
        let failed =
            end.error_type == error_type::PANIC || end.status.is_some_and(|status| 500 <= status);
        line.begin_at(end.at, if failed { "error" } else { "info" });
        match end.status {
            Some(status) => {
                let mut digits = itoa::Buffer::new();
                line.message([route.span_name, digits.format(status)]);
            }
            None => line.message([route.span_name, end.error_type]),
        }
        self.head.write(line, route, &self.peer);
        if let Some(status) = end.status {
            line.number("http.response.status_code", status.into());
        }
        if !end.error_type.is_empty() {
            line.plain("error.type", end.error_type);
        }
        line.millis("duration_ms", end.elapsed);
        if let Some(bytes) = self.answer.bytes {
            line.number("http.response.body.size", bytes);
        }
        line.plain("target", ACCESS);
        line.text("service_name", &self.telemetry.parts.settings.service_name);
        self.request.write_fields(line);
        line.text("request_id", self.request.id());
        request::write_span(self.context.span().span_context(), line);
    }
}

/// The target of access lines in `RUST_LOG`.
pub(super) const ACCESS: &str = "access";

impl Drop for Observation {
    fn drop(&mut self) {
        if self.reported {
            return;
        }
        self.answer.error_type = match std::thread::panicking() {
            true => error_type::PANIC,
            false => error_type::CLIENT_DISCONNECTED,
        };
        self.report();
    }
}

//! Errors as RFC 9457 problem details: what a client did wrong or may do now, never how we are built.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use telemetry::Request;

/// The media type of RFC 9457.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Text that repeats input of a client is cut to this many characters.
const MAX_DETAIL: usize = 300;

/// An error as the client sees it. The layer around all handlers adds the ids of the request.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    fields: Vec<FieldError>,
    retry_after_seconds: Option<u32>,
    error_type: Option<&'static str>,
}

/// What is wrong with one field of a body or one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The path of the field, such as `lines[2].quantity`.
    pub field: String,
    /// A word for programs, such as `out_of_range`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

impl FieldError {
    /// Blames `field`.
    pub fn new(field: impl Into<String>, code: &str, detail: &str) -> Self {
        Self {
            field: shortened(&field.into()),
            code: code.to_owned(),
            detail: shortened(detail),
        }
    }
}

impl Problem {
    /// A problem with a `code` for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: shortened(&detail.into()),
            fields: Vec::new(),
            retry_after_seconds: None,
            error_type: None,
        }
    }

    /// 400: a parameter of path, query or header is not what it should be.
    pub fn invalid_parameter(field: FieldError) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_parameter",
            format!("{}: {}", field.field, field.detail),
        )
        .with_field(field)
    }

    /// 422: the body is well-formed, but a field of it is not what it should be.
    pub fn invalid_body(field: FieldError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_body",
            format!("{}: {}", field.field, field.detail),
        )
        .with_field(field)
    }

    /// 404: the URL is well-formed, but there is nothing there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409: the state of things forbids it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 500, with nothing of the cause: whoever makes it has logged that.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "something went wrong on our side",
        )
    }

    /// 503: worth another attempt.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(1)
    }

    /// Names a field.
    #[must_use]
    pub fn with_field(mut self, field: FieldError) -> Self {
        self.fields.push(field);
        self
    }

    /// Tells when to try again, by `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Sets `error.type` of metric and span where it says more than the status.
    #[must_use]
    pub fn error_type(mut self, error_type: &'static str) -> Self {
        self.error_type = Some(error_type);
        self
    }

    /// The problem that a bare status stands for: an answer of the framework.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "nothing is at this URL"),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "this URL takes other methods, see Allow",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "the body is larger than is taken"),
            status if status.is_server_error() => {
                return Self {
                    status,
                    ..Self::internal()
                };
            }
            _ => ("bad_request", "the request cannot be read"),
        };
        Self::new(status, code, detail)
    }

    /// The whole answer, with the ids of the request under way.
    pub(crate) fn render(&self) -> HttpResponse {
        let request = Request::current();
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            request_id: request.as_ref().map(|request| request.id().to_owned()),
            trace_id: request.as_ref().map(|request| request.trace_id()),
            errors: &self.fields,
        };
        let mut answer = HttpResponse::build(self.status)
            .content_type(MEDIA_TYPE)
            .json(body);
        answer
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.mark(&mut answer);
        answer
    }

    fn mark(&self, answer: &mut HttpResponse) {
        if let Some(seconds) = self.retry_after_seconds {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(error_type) = self.error_type {
            answer
                .extensions_mut()
                .insert(telemetry::http::ErrorType(error_type));
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// A bare answer that carries the problem to the layer that renders it.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::new(self.status);
        answer.extensions_mut().insert(self.clone());
        answer
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_DETAIL).collect()
}

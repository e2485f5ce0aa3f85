//! The layer that every answer passes: errors and panics become problem details, and all get the security headers.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use futures_util::FutureExt;

use crate::limits::Limits;
use crate::middleware::bodies::{Held, Hold};
use crate::problem::{MEDIA_TYPE, Problem};

/// What browsers are told of every answer, unless a handler has said otherwise.
const SECURITY: [(HeaderName, &str); 7] = [
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The filter that this header once controlled had holes of its own.
    (header::X_XSS_PROTECTION, "0"),
    (
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=31536000; includeSubDomains",
    ),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (
        header::PERMISSIONS_POLICY,
        "geolocation=(), microphone=(), camera=()",
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// What the layer for other origins has said, without which their pages cannot read an error.
const CROSS_ORIGIN: [HeaderName; 4] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::VARY,
];

/// Runs what is below and makes a presentable answer of whatever comes out.
pub(crate) async fn present(
    limits: Limits,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Held>, Error> {
    let hold = Hold::of(&mut request, &limits);
    // RFC 9110, 9.3.2: HEAD is GET without the content, which the server below leaves out.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    match AssertUnwindSafe(async { next.call(request).await })
        .catch_unwind()
        .await
    {
        Ok(Ok(answer)) => {
            let answer = presented(answer.map_into_boxed_body());
            Ok(answer.map_body(|_, body| hold.until_sent(body)))
        }
        Ok(Err(error)) => {
            let answer = held(rendered(&error.error_response()), hold);
            Err(InternalError::from_response(error, answer).into())
        }
        Err(_panic) => {
            let mut answer = Problem::internal().error_type("panic").render();
            add_security(answer.headers_mut());
            Err(InternalError::from_response("the handler panicked", held(answer, hold)).into())
        }
    }
}

fn held(answer: HttpResponse, hold: Hold) -> HttpResponse {
    answer.map_body(|_, body| BoxBody::new(hold.until_sent(body)))
}

fn presented(mut answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if is_bare_error(answer.response()) {
        let rendered = rendered(answer.response());
        return answer.into_response(rendered);
    }
    add_security(answer.headers_mut());
    answer
}

/// Whether it is an error in words of the framework, and not one that a handler has described itself.
fn is_bare_error(answer: &HttpResponse) -> bool {
    let status = answer.status();
    let is_described = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        // The framework's own words are plain text.
        .is_some_and(|media| {
            media == MEDIA_TYPE || media == "application/json" || media.starts_with("text/html")
        });
    (status.is_client_error() || status.is_server_error()) && !is_described
}

fn rendered(bare: &HttpResponse) -> HttpResponse {
    let problem = bare.extensions().get::<Problem>().cloned();
    let mut answer = problem
        .unwrap_or_else(|| Problem::of_status(bare.status()))
        .render();
    if bare.status() == StatusCode::METHOD_NOT_ALLOWED {
        answer
            .headers_mut()
            .insert(header::ALLOW, allowed(bare.headers()));
    }
    for name in CROSS_ORIGIN {
        if let Some(value) = bare.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    add_security(answer.headers_mut());
    answer
}

/// The router knows the methods of a resource, but not that every GET is a HEAD too.
fn allowed(headers: &HeaderMap) -> HeaderValue {
    let mut methods: Vec<&str> = headers
        .get_all(header::ALLOW)
        .filter_map(|methods| methods.to_str().ok())
        .collect();
    if methods
        .iter()
        .any(|methods| methods.split(", ").any(|method| method == "GET"))
    {
        methods.push("HEAD");
    }
    HeaderValue::try_from(methods.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn add_security(headers: &mut HeaderMap) {
    for (name, value) in SECURITY {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

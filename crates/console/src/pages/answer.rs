//! How a page is sent: as HTML that may load its own style and scripts, and nothing else.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use super::frame::Frame;

/// No inline script or style, nothing from elsewhere, forms to nobody else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub(crate) fn page(page: &impl Template) -> HttpResponse {
    with_status(StatusCode::OK, page)
}

/// A page that says what went wrong.
pub(crate) fn with_status(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What is not here, and why that may be.
#[derive(Debug, Template)]
#[template(path = "failure.html")]
pub(crate) struct Failure {
    frame: Frame,
    why: &'static str,
}

impl Failure {
    /// Of the title of `frame`.
    pub(crate) fn not_found(mut frame: Frame, why: &'static str) -> HttpResponse {
        frame.range = None;
        with_status(StatusCode::NOT_FOUND, &Self { frame, why })
    }
}

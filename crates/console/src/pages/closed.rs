//! What a browser sees that has no token.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::answer;

/// How to get in.
#[derive(Debug, Template)]
#[template(path = "closed.html")]
struct Page {
    /// Whether the link held a token, only not this one's.
    is_wrong: bool,
}

/// The page; `is_wrong` if a token came that is not the right one.
pub(crate) fn show(is_wrong: bool) -> HttpResponse {
    answer::with_status(StatusCode::UNAUTHORIZED, &Page { is_wrong })
}

//! From a span alone, as a profile knows it, to its trace.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use crate::pages::answer::Failure;
use crate::pages::ask::Ask;
use crate::pages::frame::Section;
use crate::pages::links;
use crate::questions;

/// `GET /spans/{span_id}`
pub(crate) async fn show(span_id: Path<String>, ask: Ask) -> HttpResponse {
    match questions::span(&ask.store, &span_id) {
        Some(span) => HttpResponse::SeeOther()
            .insert_header((
                header::LOCATION,
                links::span(&span.trace_id, Some(&span.span_id)).to_string(),
            ))
            .finish(),
        None => Failure::not_found(
            ask.frame(Section::Traces, "Span"),
            "This span is not here: it has not been sent yet, or is already out of memory.",
        ),
    }
}

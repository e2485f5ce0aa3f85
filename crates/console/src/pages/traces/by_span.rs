//! From a span alone, as a profile knows it, to its trace.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

use crate::pages::answer::Failure;
use crate::pages::ask::Ask;
use crate::pages::frame::Section;
use crate::pages::links;
use crate::store::{Store, id};

/// `GET /spans/{span_id}`
pub(crate) async fn show(span_id: Path<String>, ask: Ask) -> HttpResponse {
    match trace_of(&ask.store, &span_id) {
        Some(trace_id) => HttpResponse::SeeOther()
            .insert_header((
                header::LOCATION,
                links::span(&trace_id, Some(&span_id)).to_string(),
            ))
            .finish(),
        None => Failure::not_found(
            ask.frame(Section::Traces, "Span"),
            "This span is not here: it has not been sent yet, or is already out of memory.",
        ),
    }
}

fn trace_of(store: &Store, span_id: &str) -> Option<String> {
    let wanted = id::span(span_id)?;
    let segments = store.spans.lock().ring.segments();
    segments.iter().rev().find_map(|segment| {
        let row = segment.heads.iter().position(|head| head.span == wanted)?;
        Some(id::trace_text(segment.traces[row]))
    })
}

//! The JSON API: the same questions that the pages ask.

mod docs;
mod logs;
mod overview;
mod traces;

use actix_web::web::{ServiceConfig, resource};
use actix_web::{HttpResponse, ResponseError};
use service::{FieldError, Problem};

use crate::questions::Misunderstood;

/// Every URL of the API.
pub(crate) fn mount(app: &mut ServiceConfig) {
    app.service(resource("/api/v1/services").get(overview::services))
        .service(resource("/api/v1/status").get(overview::status))
        .service(resource("/api/v1/traces").get(traces::search))
        .service(resource("/api/v1/traces/{trace_id}").get(traces::show))
        .service(resource("/api/v1/logs").get(logs::search))
        .service(resource("/api/v1/openapi.json").get(docs::openapi));
}

fn misunderstood(error: &Misunderstood) -> Problem {
    Problem::invalid_parameter(FieldError::new(error.name, "invalid", &error.to_string()))
}

/// Answers with `found` as JSON, or with what is wrong with the question.
fn answer<T: serde::Serialize>(found: Result<T, Misunderstood>) -> HttpResponse {
    match found {
        Ok(found) => HttpResponse::Ok().json(found),
        Err(error) => misunderstood(&error).error_response(),
    }
}

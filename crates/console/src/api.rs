//! The JSON API: the same questions that the pages ask.

mod docs;
mod logs;
mod metrics;
mod overview;
mod profiles;
mod tail;
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
        .service(resource("/api/v1/spans/{span_id}").get(traces::span))
        .service(resource("/api/v1/logs").get(logs::search))
        .service(resource("/api/v1/logs/tail").get(tail::tail))
        .service(resource("/api/v1/map").get(traces::map))
        .service(resource("/api/v1/metrics").get(metrics::families))
        .service(resource("/api/v1/metrics/chart").get(metrics::chart))
        .service(resource("/api/v1/profiles").get(profiles::list))
        .service(resource("/api/v1/profiles/flamegraph").get(profiles::flame_graph))
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

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use crate::questions::{self, Params};
use crate::store::{ServiceSummary, Store, StoreStatus};

/// All services: requests, errors, durations, and what of their signals comes.
#[utoipa::path(
    get,
    path = "/api/v1/services",
    tag = "overview",
    params(("last" = Option<String>, Query, description = "The time before now, such as `5m`")),
    responses((status = 200, description = "The services", body = Vec<ServiceSummary>))
)]
pub(super) async fn services(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let window = Params::parse(request.query_string()).window(300);
    answer(window.map(|window| questions::overview(&store, window)))
}

/// What the console holds of each signal, and what it refused.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    tag = "overview",
    responses((status = 200, description = "One entry per signal", body = Vec<StoreStatus>))
)]
pub(super) async fn status(store: Data<Store>) -> HttpResponse {
    HttpResponse::Ok().json(questions::status(&store))
}

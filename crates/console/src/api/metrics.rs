use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use service::Problem;

use super::{answer, misunderstood};
use crate::questions::{self, Params};
use crate::store::{Chart, Family, Store};

/// All families of metrics.
#[utoipa::path(
    get,
    path = "/api/v1/metrics",
    tag = "metrics",
    params(("service" = Option<String>, Query, description = "Only those of this service")),
    responses((status = 200, description = "The families", body = Vec<Family>))
)]
pub(super) async fn families(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let params = Params::parse(request.query_string());
    answer(Ok(questions::families(&store, &params.text("service"))))
}

/// A chart of one family: the rate of a counter, a quantile of a histogram, the value of a gauge.
#[utoipa::path(
    get,
    path = "/api/v1/metrics/chart",
    tag = "metrics",
    params(
        ("family" = String, Query, description = "The name of the family"),
        ("view" = Option<String>, Query, description = "`rate`, `p50`, `p95`, `p99` or any `p` and digits, or `value`; by default what suits the type"),
        ("service" = Option<String>, Query, description = "Only series of this service"),
        ("label" = Option<Vec<String>>, Query, description = "`name=value` that series have; may be repeated"),
        ("by" = Option<Vec<String>>, Query, description = "A label by which lines are told apart; may be repeated. By default each series is a line"),
        ("last" = Option<String>, Query, description = "The time before now, such as `15m`"),
        ("from" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
        ("to" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
        ("points" = Option<usize>, Query, description = "From 1 to 1000; 120 by default"),
        ("limit" = Option<usize>, Query, description = "How many lines, from 1 to 1000; 20 by default"),
    ),
    responses((status = 200, description = "The chart", body = Chart), (status = 404, description = "No such family"))
)]
pub(super) async fn chart(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Problem> {
    let query = Params::parse(request.query_string()).metrics();
    let query = query.map_err(|error| misunderstood(&error))?;
    let chart = questions::chart(&store, &query)
        .ok_or_else(|| Problem::not_found("there is no such family of metrics"))?;
    Ok(HttpResponse::Ok().json(chart))
}

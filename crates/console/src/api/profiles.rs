use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use service::Problem;

use super::{answer, misunderstood};
use crate::questions::{self, Params};
use crate::store::{FlameGraph, ProfileSummary, Store};

/// What there is of profiles, by service and type.
#[utoipa::path(
    get,
    path = "/api/v1/profiles",
    tag = "profiles",
    params(
        ("last" = Option<String>, Query, description = "The time before now, such as `15m`"),
        ("from" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
        ("to" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
    ),
    responses((status = 200, description = "The profiles", body = Vec<ProfileSummary>))
)]
pub(super) async fn list(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let window = Params::parse(request.query_string()).window(900);
    answer(window.map(|window| questions::profiles(&store, window)))
}

/// A flame graph: of a service, of a span, or the difference between two times.
#[utoipa::path(
    get,
    path = "/api/v1/profiles/flamegraph",
    tag = "profiles",
    params(
        ("service" = String, Query, description = "The service"),
        ("type" = Option<String>, Query, description = "The type, such as `process_cpu:cpu`, which is the default"),
        ("span" = Option<Vec<String>>, Query, description = "Only samples of this span, 16 hexadecimal digits; may be repeated"),
        ("last" = Option<String>, Query, description = "The time before now, such as `15m`"),
        ("from" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
        ("to" = Option<String>, Query, description = "RFC 3339, or nanoseconds since 1970"),
        ("base_from" = Option<String>, Query, description = "Compare with the time from here"),
        ("base_to" = Option<String>, Query, description = "Compare with the time up to here"),
    ),
    responses((status = 200, description = "The flame graph", body = FlameGraph), (status = 404, description = "Nothing of this service and type is here"))
)]
pub(super) async fn flame_graph(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Problem> {
    let query = Params::parse(request.query_string()).profile();
    let query = query.map_err(|error| misunderstood(&error))?;
    let graph = questions::flame_graph(&store, &query)
        .ok_or_else(|| Problem::not_found("no profile of this service and type is here"))?;
    Ok(HttpResponse::Ok().json(graph))
}

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use service::Problem;

use super::answer;
use crate::questions::{self, Params};
use crate::store::{ServiceMap, Span, Store, Trace, Traces};

/// The newest traces of which a span has all that is asked for.
#[utoipa::path(
    get,
    path = "/api/v1/traces",
    tag = "traces",
    params(
        ("service" = Option<String>, Query, description = "The service of the span"),
        ("route" = Option<String>, Query, description = "Its route"),
        ("name" = Option<String>, Query, description = "Its name"),
        ("method" = Option<String>, Query, description = "Its HTTP method, or the operation of its message"),
        ("status" = Option<String>, Query, description = "Its HTTP status, or a class such as `5xx`"),
        ("errors" = Option<String>, Query, description = "`only` for those that failed"),
        ("min" = Option<String>, Query, description = "How long it took at least, such as `250ms`"),
        ("max" = Option<String>, Query, description = "How long it took at most"),
        ("attribute" = Option<Vec<String>>, Query, description = "`key=value` of the span or its sender; may be repeated"),
        ("text" = Option<String>, Query, description = "A text that its name, an attribute or an event contains, or the id of a trace"),
        ("last" = Option<String>, Query, description = "The time before now, such as `15m`"),
        ("from" = Option<String>, Query, description = "When it started at the earliest: RFC 3339, or nanoseconds since 1970"),
        ("to" = Option<String>, Query, description = "When it started before"),
        ("limit" = Option<usize>, Query, description = "From 1 to 1000; 50 by default"),
    ),
    responses((status = 200, description = "What was found", body = Traces), (status = 422, description = "A question that is not understood"))
)]
pub(super) async fn search(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let query = Params::parse(request.query_string()).traces();
    answer(query.map(|query| questions::traces(&store, &query)))
}

/// A trace as whole as its spans came, in the order of a waterfall.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits")),
    responses((status = 200, description = "The trace", body = Trace), (status = 404, description = "Nothing of it is here"))
)]
pub(super) async fn show(path: Path<String>, store: Data<Store>) -> Result<HttpResponse, Problem> {
    let trace = questions::trace(&store, &path)
        .ok_or_else(|| Problem::not_found("no span of this trace is here (yet, or any more)"))?;
    Ok(HttpResponse::Ok().json(trace))
}

/// A span by its id alone, as a profile knows it.
#[utoipa::path(
    get,
    path = "/api/v1/spans/{span_id}",
    tag = "traces",
    params(("span_id" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, description = "The span", body = Span), (status = 404, description = "It is not here"))
)]
pub(super) async fn span(path: Path<String>, store: Data<Store>) -> Result<HttpResponse, Problem> {
    let span = questions::span(&store, &path)
        .ok_or_else(|| Problem::not_found("this span is not here (yet, or any more)"))?;
    Ok(HttpResponse::Ok().json(span))
}

/// Who calls whom.
#[utoipa::path(
    get,
    path = "/api/v1/map",
    tag = "traces",
    params(("last" = Option<String>, Query, description = "The time before now, such as `15m`")),
    responses((status = 200, description = "The map", body = ServiceMap))
)]
pub(super) async fn map(request: HttpRequest, store: Data<Store>) -> HttpResponse {
    let window = Params::parse(request.query_string()).window(900);
    answer(window.map(|window| questions::service_map(&store, window)))
}

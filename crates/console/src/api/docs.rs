use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::OpenApi;

use super::{logs, metrics, overview, profiles, tail, traces};

#[derive(OpenApi)]
#[openapi(
    info(title = "Quartet console", description = "Traces, logs, metrics and profiles of the last minutes, linked. Send the token of the printed link as `Authorization: Bearer`. Errors are RFC 9457 problems."),
    tags(
        (name = "overview", description = "Services at a glance"),
        (name = "traces", description = "Spans"),
        (name = "logs", description = "Lines"),
        (name = "metrics", description = "Series"),
        (name = "profiles", description = "Stacks"),
    ),
    paths(
        overview::services,
        overview::status,
        traces::search,
        traces::show,
        traces::span,
        traces::map,
        logs::search,
        tail::tail,
        metrics::families,
        metrics::chart,
        profiles::list,
        profiles::flame_graph,
    )
)]
struct Api;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| Api::openapi().to_json().unwrap_or_default());

/// `GET /api/v1/openapi.json`
pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(DOCUMENT.as_str())
}

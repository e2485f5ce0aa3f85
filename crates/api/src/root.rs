//! What stands above the API.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// What the service says of itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct Welcome {
    /// A greeting.
    #[schema(example = "API is running")]
    message: &'static str,
    /// The version of the service.
    version: &'static str,
}

/// Whether the service answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy`, or there is no answer.
    #[schema(example = "healthy")]
    status: &'static str,
}

/// Says that the API is running, and its version.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, body = Welcome)))]
pub(crate) async fn welcome() -> Json<Welcome> {
    Json(Welcome {
        message: "API is running",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Says that the service answers; whether it can work is told on the operations port.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "healthy" })
}

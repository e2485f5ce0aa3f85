//! What stands above the quotes.

use actix_web::web::Json;
use serde::Serialize;

/// What the service says of itself.
#[derive(Serialize)]
pub(crate) struct Welcome {
    message: &'static str,
    version: &'static str,
}

/// Whether the service answers.
#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// `GET /`
pub(crate) async fn welcome() -> Json<Welcome> {
    Json(Welcome {
        message: "fulfilment is running",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// `GET /health`: the service answers; whether it can work is told on the operations port.
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "healthy" })
}

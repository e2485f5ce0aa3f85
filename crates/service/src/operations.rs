//! The operations server: probes and metrics, away from the public and from its queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Data, resource};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use telemetry::Telemetry;

use crate::Check;
use crate::problem::Problem;

/// A check that takes longer counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// What the operations server shows.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) telemetry: Telemetry,
    pub(crate) checks: Arc<[Check]>,
    pub(crate) stopping: Arc<AtomicBool>,
}

/// The URL map of every operations server.
pub(crate) fn mount(app: &mut web::ServiceConfig) {
    app.service(resource("/metrics").get(metrics))
        .service(resource("/health/live").get(live))
        .service(resource("/health/ready").get(ready));
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Checked>,
}

#[derive(Serialize)]
struct Checked {
    name: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `GET /metrics`
async fn metrics(
    request: HttpRequest,
    operations: Data<Operations>,
) -> Result<HttpResponse, Problem> {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let exposition = operations.telemetry.metrics().expose(accept).map_err(|_| {
        tracing::error!("a metric cannot be shown as text");
        Problem::internal()
    })?;
    Ok(HttpResponse::Ok()
        .content_type(exposition.content_type)
        .body(exposition.body))
}

/// `GET /health/live`: the process answers; whether it can work is another question.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health {
        status: "healthy",
        checks: Vec::new(),
    })
}

/// `GET /health/ready`: whether new requests should be sent here.
async fn ready(operations: Data<Operations>) -> HttpResponse {
    let mut checks = Vec::new();
    for check in &*operations.checks {
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, telemetry::untraced((check.run)())).await;
        let reason = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("no answer in time".to_owned()),
        };
        let status = if reason.is_none() {
            "healthy"
        } else {
            "unhealthy"
        };
        checks.push(Checked {
            name: check.name,
            status,
            reason,
        });
    }
    let stopping = operations.stopping.load(Ordering::Acquire);
    if stopping || checks.iter().any(|check| check.reason.is_some()) {
        let status = if stopping { "stopping" } else { "unhealthy" };
        return HttpResponse::ServiceUnavailable().json(Health { status, checks });
    }
    HttpResponse::Ok().json(Health {
        status: "healthy",
        checks,
    })
}

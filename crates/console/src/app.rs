//! How the parts of the console are put together.

use std::sync::Arc;

use service::Service;
use telemetry::Telemetry;

use crate::Settings;

/// Describes the service; needs to run on the runtime that will serve.
///
/// # Errors
/// An address that cannot be bound.
pub async fn build(settings: Settings, telemetry: Telemetry) -> anyhow::Result<Service> {
    tracing::info!(service.version = env!("CARGO_PKG_VERSION"), "starting");
    Ok(Service {
        routes: Arc::new(|_app| {}),
        operations: Arc::new(|_app| {}),
        checks: Vec::new(),
        close: Box::pin(async {}),
        settings: settings.service,
        telemetry,
    })
}

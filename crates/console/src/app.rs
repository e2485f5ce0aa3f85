//! How the parts of the console are put together.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig, scope};
use service::Service;
use telemetry::Telemetry;

use crate::access::{self, Token};
use crate::measures::Measures;
use crate::receive::{Intake, Running};
use crate::store::Store;
use crate::{Settings, api, pages};

/// Begins to receive, and describes the service; needs to run on the runtime that will serve.
///
/// # Errors
/// An address that cannot be bound, or a token that can be neither read nor made.
pub async fn build(settings: Settings, telemetry: Telemetry) -> anyhow::Result<Service> {
    tracing::info!(service.version = env!("CARGO_PKG_VERSION"), "starting");
    let token = Token::read_or_make(&settings.token_file)?;
    let store = Store::new(settings.limits);
    let intake = Intake::new(store.clone());
    let running = Running::start(settings.receivers, &settings.sources, &intake)?;
    telemetry.metrics().collect(Measures(store.clone()));
    Ok(Service {
        routes: routes(&store, token),
        operations: Arc::new(|_app| {}),
        checks: Vec::new(),
        close: Box::pin(running.stop()),
        settings: settings.service,
        telemetry,
    })
}

fn routes(store: &Store, token: Token) -> Arc<dyn Fn(&mut ServiceConfig) + Send + Sync> {
    let store = Data::new(store.clone());
    let token = Data::new(token);
    Arc::new(move |app| {
        app.app_data(store.clone())
            .app_data(token.clone())
            .configure(access::mount)
            .configure(pages::mount_open)
            .service(
                scope("")
                    .wrap(from_fn(access::check))
                    .configure(api::mount)
                    .configure(pages::mount),
            );
    })
}

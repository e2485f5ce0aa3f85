//! How the parts of this service are put together.

use std::future::ready;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use service::faults::Switchboard;
use service::{Check, Service};
use storage::Store;
use telemetry::Telemetry;
use tokio::task::AbortHandle;

use crate::carrier::Carrier;
use crate::quotes::Pace;
use crate::worker::Worker;
use crate::{Settings, faults, queue, retention, routes};

/// Opens the store, begins to take jobs and describes the service; needs to run on the runtime that will serve.
///
/// # Errors
/// A database that cannot be opened.
pub async fn build(settings: Settings, telemetry: Telemetry) -> anyhow::Result<Service> {
    tracing::info!(service.version = env!("CARGO_PKG_VERSION"), "starting");
    let store = Store::connect(&settings.storage, &telemetry).await?;
    let faults = faults::register(&store, telemetry.metrics());
    let carrier = Carrier {
        takes: settings.shipping,
        faults: faults.clone(),
    };
    let watching = queue::watch(store.clone(), telemetry.metrics()).await;
    let watching = actix_web::rt::spawn(watching);
    let pruning = retention::prune(store.clone(), settings.jobs.retention);
    let pruning = actix_web::rt::spawn(pruning);
    let worker = Worker::start(settings.jobs, store.clone(), carrier, &telemetry);
    Ok(Service {
        routes: public(&settings, &faults),
        operations: operations(settings.service.demo, &store, &faults),
        checks: vec![database_check(store.clone()), worker_check(worker.handle())],
        close: Box::pin(async move {
            watching.abort();
            pruning.abort();
            worker.stop().await;
            store.close().await;
        }),
        settings: settings.service,
        telemetry,
    })
}

type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

fn public(settings: &Settings, faults: &Switchboard) -> Routes {
    let faults = Data::new(faults.clone());
    let pace = Data::new(Pace {
        demo_latency: settings.service.demo_latency,
    });
    Arc::new(move |app| {
        app.app_data(faults.clone()).app_data(pace.clone());
        routes::public(app);
    })
}

fn operations(demo: bool, store: &Store, faults: &Switchboard) -> Routes {
    let store = Data::new(store.clone());
    let faults = faults.clone();
    Arc::new(move |app| {
        app.app_data(store.clone());
        routes::operations(app);
        if demo {
            faults.mount(app);
        }
    })
}

fn database_check(store: Store) -> Check {
    Check::new("database", move || {
        let store = store.clone();
        async move { store.check().await.map_err(|error| error.to_string()) }
    })
}

/// A worker that ended before it was stopped has panicked, and nobody takes jobs any more.
fn worker_check(worker: AbortHandle) -> Check {
    Check::new("worker", move || {
        ready(match worker.is_finished() {
            true => Err("the worker has ended".to_owned()),
            false => Ok(()),
        })
    })
}

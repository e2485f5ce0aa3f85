//! How the parts of this service are put together.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::web::{Data, ServiceConfig};
use service::breaker::Breakers;
use service::{Check, Service};
use storage::Store;
use telemetry::Telemetry;
use telemetry::messaging::Sender;

use crate::orders::events::Waiters;
use crate::quotes::Quotes;
use crate::{Settings, faults, routes};

/// How often keys that have expired are deleted.
const PRUNING: Duration = Duration::from_secs(60);

/// Opens the store and describes the service; needs to run on the runtime that will serve.
///
/// # Errors
/// A database that cannot be opened.
pub async fn build(settings: Settings, telemetry: Telemetry) -> anyhow::Result<Service> {
    tracing::info!(service.version = env!("CARGO_PKG_VERSION"), "starting");
    let store = Store::connect(&settings.storage, &telemetry).await?;
    // The first call starts who watches for changes, on this runtime: those of the workers end before it.
    let _watched = store.changes();
    let pruning = actix_web::rt::spawn(prune(store.clone()));
    let faults = faults::Faults::register(&store, telemetry.metrics());
    let shared = Shared {
        store: store.clone(),
        quotes: quotes(&settings, &telemetry),
        jobs: telemetry.message_sender(contracts::QUEUE_SYSTEM, contracts::ORDERS_QUEUE),
        waiters: Waiters::new(settings.max_waiters),
    };
    Ok(Service {
        routes: routes(&settings, shared, &faults),
        operations: switches(settings.service.demo, faults),
        checks: vec![database_check(store.clone())],
        close: Box::pin(async move {
            pruning.abort();
            store.close().await;
        }),
        settings: settings.service,
        telemetry,
    })
}

type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// What handlers are given.
struct Shared {
    store: Store,
    quotes: Quotes,
    jobs: Sender,
    waiters: Waiters,
}

fn routes(settings: &Settings, shared: Shared, faults: &faults::Faults) -> Routes {
    let Shared {
        store,
        quotes,
        jobs,
        waiters,
    } = shared;
    let (store, jobs, waiters) = (Data::new(store), Data::new(jobs), Data::new(waiters));
    let faults = faults.clone();
    let (demo, demo_latency) = (settings.service.demo, settings.service.demo_latency);
    Arc::new(move |app| {
        app.app_data(store.clone())
            .app_data(jobs.clone())
            .app_data(waiters.clone())
            .app_data(Data::new(quotes.for_worker()));
        routes::mount(app, demo, demo_latency, &faults);
    })
}

/// Who says what shipping costs; the families of metrics are there either way.
fn quotes(settings: &Settings, telemetry: &Telemetry) -> Quotes {
    let client = telemetry.client();
    let breakers = Breakers::register(telemetry.metrics());
    match settings.fulfilment {
        None => Quotes::flat(),
        Some(peer) => {
            let breaker = breakers.breaker("fulfilment", settings.service.breaker);
            Quotes::of(peer, client, breaker, settings.quote_timeout)
        }
    }
}

fn switches(demo: bool, faults: faults::Faults) -> Routes {
    Arc::new(move |app| {
        if demo {
            faults.switchboard.mount(app);
        }
    })
}

fn database_check(store: Store) -> Check {
    Check::new("database", move || {
        let store = store.clone();
        async move { store.check().await.map_err(|error| error.to_string()) }
    })
}

async fn prune(store: Store) {
    let mut interval = tokio::time::interval(PRUNING);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        // A trace for each minute of a quiet night would only be in the way.
        match telemetry::untraced(store.prune(SystemTime::now().into())).await {
            Ok(0) => {}
            Ok(keys) => tracing::info!(keys, "pruned expired idempotency keys"),
            // A store that only reads has none that expire.
            Err(storage::Error::ReadOnly) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "pruning idempotency keys failed"
            ),
        }
    }
}

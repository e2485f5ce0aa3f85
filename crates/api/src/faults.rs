//! The faults of this service, and how they are inflicted on requests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use parking_lot::Mutex;
use service::Problem;
use service::faults::{Fault, Switchboard};
use storage::Store;
use telemetry::Metrics;

use crate::demo::burn;

/// What all leaks together may hold.
const MAX_LEAKED_BYTES: usize = 256 << 20;

/// What can be switched on.
const FAULTS: &[Fault] = &[
    Fault {
        name: "latency",
        meaning: "milliseconds added to each request",
        max: 10_000,
    },
    Fault {
        name: "errors",
        meaning: "percent of requests that fail",
        max: 100,
    },
    Fault {
        name: "cpu",
        meaning: "milliseconds of CPU time burnt per request",
        max: 1_000,
    },
    Fault {
        name: "leak",
        meaning: "bytes kept per request",
        max: 1 << 20,
    },
    Fault {
        name: "slow-queries",
        meaning: "milliseconds added to each call of the database",
        max: 2_000,
    },
];

/// The switchboard, and what a leak has kept; shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    pub(crate) switchboard: Switchboard,
    leaked: Arc<Mutex<Leaked>>,
}

#[derive(Debug, Default)]
struct Leaked {
    kept: Vec<Vec<u8>>,
    bytes: usize,
}

impl Faults {
    pub(crate) fn register(store: &Store, metrics: &Metrics) -> Self {
        let leaked = Arc::<Mutex<Leaked>>::default();
        let (store, held) = (store.clone(), leaked.clone());
        let changed = move |on: &service::faults::On| {
            store.slow_down(on.millis("slow-queries").unwrap_or(Duration::ZERO));
            if on.value("leak").is_none() {
                *held.lock() = Leaked::default();
            }
        };
        Self {
            switchboard: Switchboard::register(FAULTS, metrics, changed),
            leaked,
        }
    }

    fn leak(&self, bytes: u64) {
        let mut leaked = self.leaked.lock();
        let bytes = usize::try_from(bytes).unwrap_or(0);
        if leaked.bytes + bytes <= MAX_LEAKED_BYTES {
            leaked.bytes += bytes;
            // Zeroes would not be resident.
            leaked.kept.push(vec![1; bytes]);
        }
    }
}

/// Does to a request what is switched on.
pub(crate) async fn inflict<B: MessageBody>(
    faults: Faults,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let on = faults.switchboard.on();
    if let Some(latency) = on.millis("latency") {
        tokio::time::sleep(latency).await;
    }
    if let Some(time) = on.millis("cpu") {
        burn(time);
    }
    if let Some(bytes) = on.value("leak") {
        faults.leak(bytes);
    }
    if on.strikes("errors") {
        tracing::error!("failing because the fault `errors` is switched on");
        return Err(Problem::internal().error_type("fault").into());
    }
    next.call(request).await
}

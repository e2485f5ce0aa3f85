//! The faults of this service, and how they are inflicted on quotes and jobs.

use std::time::Duration;

use service::Problem;
use service::faults::{Fault, Switchboard};
use storage::Store;
use telemetry::Metrics;

/// What can be switched on.
const FAULTS: &[Fault] = &[
    Fault {
        name: "latency",
        meaning: "milliseconds added to each shipment",
        max: 60_000,
    },
    Fault {
        name: "errors",
        meaning: "percent of shipments that the carrier refuses",
        max: 100,
    },
    Fault {
        name: "panics",
        meaning: "percent of attempts that panic",
        max: 100,
    },
    Fault {
        name: "quote-latency",
        meaning: "milliseconds added to each quote",
        max: 10_000,
    },
    Fault {
        name: "quote-errors",
        meaning: "percent of quotes that fail",
        max: 100,
    },
    Fault {
        name: "slow-queries",
        meaning: "milliseconds added to each call of the database",
        max: 2_000,
    },
];

/// Everything off; call it once per process.
pub(crate) fn register(store: &Store, metrics: &Metrics) -> Switchboard {
    let store = store.clone();
    Switchboard::register(FAULTS, metrics, move |on| {
        store.slow_down(on.millis("slow-queries").unwrap_or(Duration::ZERO));
    })
}

/// Does to a quote what is switched on.
///
/// # Errors
/// The fault `quote-errors`.
pub(crate) async fn inflict_on_quote(faults: &Switchboard) -> Result<(), Problem> {
    let on = faults.on();
    if let Some(latency) = on.millis("quote-latency") {
        tokio::time::sleep(latency).await;
    }
    if on.strikes("quote-errors") {
        tracing::error!("failing because the fault `quote-errors` is switched on");
        return Err(Problem::internal().error_type("fault"));
    }
    Ok(())
}

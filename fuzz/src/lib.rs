//! A console that is sent one hostile push after the other.
#![expect(clippy::unwrap_used, reason = "a panic is what is looked for")]

#[path = "../../crates/console/tests/hostile/everything.rs"]
mod everything;
mod seeds;

use std::sync::LazyLock;

use console::receive::Intake;
use console::settings::Limits;
use console::store::Store;
use futures_util::FutureExt;
pub use seeds::seed;
use wire::openmetrics::{Format, parse};

/// Bytes of each ring, and of one push.
pub const LIMIT: usize = 1 << 20;

fn store() -> Store {
    Store::new(Limits {
        trace_bytes: LIMIT,
        log_bytes: LIMIT,
        metric_bytes: LIMIT,
        profile_bytes: LIMIT,
        series: 100,
        items_per_second: u32::MAX,
        push_bytes: LIMIT,
    })
}

/// Sends a push to an empty console, which is then asked for everything, and to one that got all before it.
pub fn push<T>(take: impl Fn(&Intake) -> T) {
    static FED: LazyLock<(Store, Intake)> = LazyLock::new(|| {
        let store = store();
        (store.clone(), Intake::new(store))
    });
    let (fed, intake) = &*FED;
    take(intake);
    everything::within_bounds(fed);
    let empty = store();
    take(&Intake::new(empty.clone()));
    everything::ask(&empty);
}

/// Sends a profile to `/ingest`.
pub fn ingest(query: &str, content_type: &str, body: &[u8]) {
    push(|intake| {
        let body = body.to_vec().into();
        // A body that is there as a whole keeps nobody waiting.
        let answer = intake.ingest(query, content_type, body).now_or_never();
        answer.unwrap()
    });
}

/// Lets the text be fetched from a service.
pub fn expose(format: Format, text: &str) {
    if let Ok(exposition) = parse(text, format) {
        push(|intake| intake.exposition("api", &exposition, 1_000));
    }
}

/// A snappy block.
pub fn snappy(plain: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(plain).unwrap()
}

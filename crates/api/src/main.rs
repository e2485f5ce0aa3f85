//! The public face of Quartet.

use std::process::ExitCode;
use std::time::Duration;

use api::Settings;

/// Takes heap profiles where `_RJEM_MALLOC_CONF` says so.
#[cfg(feature = "heap")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    service::exit(service::dispatch(serve, health))
}

fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let telemetry = telemetry::init(settings.telemetry.clone())?;

    let outcome = service::run(api::build(settings, telemetry.clone()));

    telemetry.shutdown(Duration::from_secs(3));
    outcome
}

fn health() -> anyhow::Result<()> {
    service::health(Settings::from_env()?.service.operations)
}

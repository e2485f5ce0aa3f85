//! The back of Quartet.

use std::process::ExitCode;
use std::time::Duration;

use fulfilment::Settings;

fn main() -> ExitCode {
    service::exit(service::dispatch(serve, health))
}

fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let telemetry = telemetry::init(settings.telemetry.clone())?;

    let outcome = service::run(fulfilment::build(settings, telemetry.clone()));

    telemetry.shutdown(Duration::from_secs(3));
    outcome
}

fn health() -> anyhow::Result<()> {
    service::health(Settings::from_env()?.service.operations)
}

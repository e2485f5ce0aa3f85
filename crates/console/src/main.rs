//! The console.

use std::process::ExitCode;
use std::time::Duration;

use console::Settings;

fn main() -> ExitCode {
    service::exit(run())
}

fn run() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let telemetry = telemetry::init(settings.telemetry.clone())?;

    let outcome = service::run(console::build(settings, telemetry.clone()));

    telemetry.shutdown(Duration::from_secs(3));
    outcome
}

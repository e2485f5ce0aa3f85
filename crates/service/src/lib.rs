//! What every service shares: two servers, probes, problem details, limits, panic catching and an orderly end.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::ServiceConfig;
use futures_util::future::LocalBoxFuture;
use telemetry::Telemetry;

pub use body::{JsonBody, Query};
pub use draining::Draining;
pub use health::{dispatch, health};
pub use object::Object;
pub use problem::{FieldError, Problem};
pub use run::run;
pub use settings::Settings;

mod body;
pub mod breaker;
mod connections;
mod draining;
pub mod faults;
mod files;
mod health;
mod limits;
mod middleware;
mod object;
mod operations;
mod problem;
mod run;
pub mod settings;

/// The public probe; no span, measurement or line is made of it.
pub const HEALTH: &str = "/health";

/// A question whose answer decides whether a service is ready.
#[derive(Clone)]
pub struct Check {
    /// What is asked for, such as `database`.
    pub name: &'static str,
    /// Asks; the error is the reason as the operator sees it.
    pub run: Arc<dyn Fn() -> LocalBoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl Check {
    /// Asks by `run` whenever readiness is asked for.
    pub fn new<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + 'static,
    {
        Self {
            name,
            run: Arc::new(move || Box::pin(run())),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// One service, ready to be run.
pub struct Service {
    /// How it is seen.
    pub telemetry: Telemetry,
    /// How it is reached and what it refuses.
    pub settings: Settings,
    /// Its URL map.
    pub routes: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    /// Its further URLs on the operations server.
    pub operations: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
    /// What has to work before it is ready.
    pub checks: Vec<Check>,
    /// What is left to do after the last request; it has one second.
    pub close: LocalBoxFuture<'static, ()>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.settings)
            .field("checks", &self.checks)
            .finish_non_exhaustive()
    }
}

/// Turns the outcome of a service into that of its process. A failure is one line on stderr,
/// because telemetry may be what failed.
pub fn exit(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the last word of a process whose telemetry may have failed"
            )]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

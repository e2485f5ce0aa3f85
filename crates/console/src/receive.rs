//! Everything that comes in: who may send, how much, and what becomes of it.

mod files;
mod grpc;
mod guard;
mod http;
mod intake;
mod line;
mod loki;
mod metrics;
mod otlp;
mod profiles;
mod rate;
mod scrape;

use std::fmt::Display;

use actix_web::dev::ServerHandle;
use anyhow::Context;

pub use intake::{Intake, Outcome, Refusal};
pub(crate) use line::level;

use crate::settings::{Receivers, Sources};

/// All that receives or fetches, while it runs.
pub(crate) struct Running {
    http: Vec<ServerHandle>,
    grpc: grpc::Server,
    files: files::Reading,
    scraping: scrape::Scraping,
}

impl Running {
    /// Binds every address and begins to fetch, until [`Running::stop`].
    pub(crate) fn start(
        receivers: Receivers,
        sources: &Sources,
        intake: &Intake,
    ) -> anyhow::Result<Self> {
        let at = receivers.otlp_http;
        let otlp = http::serve("otlp-http", at, intake, otlp::mount)
            .with_context(|| unbound("QUARTET_CONSOLE_OTLP_HTTP_ADDRESS", at))?;
        let at = receivers.profiles;
        let profiles = http::serve("profiles", at, intake, profiles::mount)
            .with_context(|| unbound("QUARTET_CONSOLE_PROFILES_ADDRESS", at))?;
        let at = receivers.loki;
        let loki = http::serve("loki", at, intake, loki::mount)
            .with_context(|| unbound("QUARTET_CONSOLE_LOKI_ADDRESS", at))?;
        let at = receivers.otlp_grpc;
        let grpc = grpc::Server::start(at, intake.clone())
            .with_context(|| unbound("QUARTET_CONSOLE_OTLP_GRPC_ADDRESS", at))?;
        Ok(Self {
            http: vec![otlp, profiles, loki],
            grpc,
            files: files::Reading::start(&sources.log_files, intake.clone())
                .context("failed to start reading lines")?,
            scraping: scrape::Scraping::start(sources, intake.clone())
                .context("failed to start fetching metrics")?,
        })
    }

    /// Ends all connections and threads.
    pub(crate) async fn stop(self) {
        self.files.stop();
        self.scraping.stop();
        self.grpc.stop();
        for server in self.http {
            server.stop(true).await;
        }
    }
}

fn unbound(variable: &str, address: impl Display) -> String {
    format!("{variable}={address} cannot be bound")
}

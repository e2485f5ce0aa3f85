//! Everything that comes in: who may send, how much, and what becomes of it.

mod grpc;
mod guard;
mod http;
mod intake;
mod line;
mod metrics;
mod otlp;
mod rate;

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use anyhow::Context;

pub use intake::{Intake, Outcome, Refusal};
pub(crate) use line::level;

use crate::settings::Receivers;

/// The servers of all receivers, bound and running.
pub(crate) struct Running {
    http: Vec<ServerHandle>,
    grpc: grpc::Server,
}

impl Running {
    /// Binds every address, and serves until [`Running::stop`].
    pub(crate) fn start(receivers: Receivers, intake: &Intake) -> anyhow::Result<Self> {
        let bound = |name, address: SocketAddr| {
            move || format!("{name}={address} cannot be bound")
        };
        let address = receivers.otlp_http;
        let otlp = http::serve("otlp-http", address, intake, otlp::mount)
            .with_context(bound("QUARTET_CONSOLE_OTLP_HTTP_ADDRESS", address))?;
        let address = receivers.otlp_grpc;
        let grpc = grpc::Server::start(address, intake.clone())
            .with_context(bound("QUARTET_CONSOLE_OTLP_GRPC_ADDRESS", address))?;
        Ok(Self {
            http: vec![otlp],
            grpc,
        })
    }

    /// Ends all connections.
    pub(crate) async fn stop(self) {
        self.grpc.stop();
        for server in self.http {
            server.stop(true).await;
        }
    }
}

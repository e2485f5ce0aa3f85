//! Asks a part whether it is ready.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;

use crate::parts::reachable;

/// What a part says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    NotReady,
    NoAnswer,
}

impl Readiness {
    /// The word for a table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ready => "yes",
            Self::NotReady => "no",
            Self::NoAnswer => "no answer",
        }
    }
}

/// Asks `/health/ready` on the operations address.
pub(crate) fn readiness(operations: SocketAddr) -> Readiness {
    let agent = agent(Duration::from_secs(1));
    let url = format!("http://{}/health/ready", reachable(operations));
    match agent.get(&url).call() {
        Ok(answer) if answer.status() == 200 => Readiness::Ready,
        Ok(_) => Readiness::NotReady,
        Err(_) => Readiness::NoAnswer,
    }
}

/// A client of the parts, whose every answer comes within `patience`; a status is no error.
pub(crate) fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        // A proxy from the environment has no business with loopback.
        .proxy(None)
        .build()
        .into()
}

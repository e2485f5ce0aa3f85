//! What the environment may say about the console, and all it is made of.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use service::settings::Defaults;
use telemetry::settings::{Variable, Vars, Wrong};

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[];

/// Every variable the console knows, by the crate that reads it.
pub const DECLARED: &[&[Variable]] = &[
    VARIABLES,
    service::settings::VARIABLES,
    telemetry::settings::VARIABLES,
];

const DEFAULTS: Defaults = Defaults {
    http: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000),
    operations: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9020),
};

/// What the console is told, read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it is seen.
    pub telemetry: telemetry::Settings,
    /// How it is reached.
    pub service: service::Settings,
}

impl Settings {
    /// Reads the process environment.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed, or one that nobody declares.
    pub fn from_env() -> Result<Self, Wrong> {
        let environment = service::settings::environment(DECLARED)?;
        let vars = Vars::new(&environment);
        Ok(Self {
            service: service::Settings::from_vars(&vars, DEFAULTS)?,
            telemetry: telemetry::Settings::from_env("console", env!("CARGO_PKG_VERSION"))?,
        })
    }
}

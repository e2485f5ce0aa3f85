//! What the environment may say about this service, and all it is made of.

use std::net::SocketAddr;

use service::settings::Defaults;
use telemetry::settings::{Variable, Vars, Wrong, switch};

const DEMO_LATENCY: Variable = Variable {
    name: "QUARTET_DEMO_LATENCY",
    default: "off",
    allowed: "on or off; on needs QUARTET_DEMO=on",
    refused: "on",
};

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[DEMO_LATENCY];

/// Every variable this service knows, by the crate that reads it.
pub const DECLARED: &[&[Variable]] = &[
    VARIABLES,
    service::settings::VARIABLES,
    storage::VARIABLES,
    telemetry::settings::VARIABLES,
];

const DEFAULTS: Defaults = Defaults {
    http: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8000),
    operations: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9000),
};

/// What this service is told, read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it is seen.
    pub telemetry: telemetry::Settings,
    /// How it is reached.
    pub service: service::Settings,
    /// Where it keeps things.
    pub storage: storage::Settings,
    /// Whether answers take as long as those of a busy shop. `QUARTET_DEMO_LATENCY`.
    pub demo_latency: bool,
}

impl Settings {
    /// Reads the process environment.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed, or one that nobody declares.
    pub fn from_env() -> Result<Self, Wrong> {
        let environment = service::settings::environment(DECLARED)?;
        let vars = Vars::new(&environment);
        let service = service::Settings::from_vars(&vars, DEFAULTS)?;
        Ok(Self {
            telemetry: telemetry::Settings::from_env("api", env!("CARGO_PKG_VERSION"))?,
            storage: storage::Settings::from_vars(&vars)?,
            demo_latency: vars.parse(&DEMO_LATENCY, |text| {
                switch(text).filter(|on| !on || service.demo)
            })?,
            service,
        })
    }
}

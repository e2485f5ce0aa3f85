//! What the environment may say about this service, and all it is made of.

use std::net::SocketAddr;
use std::time::Duration;

use service::settings::Defaults;
use telemetry::settings::{Variable, Vars, Wrong, millis, whole};

use crate::quotes::Peer;

const FULFILMENT_URL: Variable = Variable {
    name: "QUARTET_FULFILMENT_URL",
    default: "http://127.0.0.1:8010",
    allowed: "an http:// address without a path, or none",
    refused: "127.0.0.1:8010",
};
const QUOTE_TIMEOUT: Variable = Variable {
    name: "QUARTET_QUOTE_TIMEOUT_MS",
    default: "500",
    allowed: "milliseconds from 1 to 10000",
    refused: "0",
};
const MAX_WAITERS: Variable = Variable {
    name: "QUARTET_MAX_WAITERS",
    default: "128",
    allowed: "requests from 0 to 100000",
    refused: "many",
};

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[FULFILMENT_URL, QUOTE_TIMEOUT, MAX_WAITERS];

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
    /// Who is asked for quotes, if anybody is. `QUARTET_FULFILMENT_URL`.
    pub fulfilment: Option<Peer>,
    /// For a quote, all attempts together. `QUARTET_QUOTE_TIMEOUT_MS`.
    pub quote_timeout: Duration,
    /// Long polls that may wait at once; a further one gets 503. `QUARTET_MAX_WAITERS`.
    pub max_waiters: usize,
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
            telemetry: telemetry::Settings::from_env("api", env!("CARGO_PKG_VERSION"))?,
            storage: storage::Settings::from_vars(&vars)?,
            fulfilment: vars.parse(&FULFILMENT_URL, |text| match text {
                "none" => Some(None),
                text => Peer::parse(text).map(Some),
            })?,
            quote_timeout: vars.parse(&QUOTE_TIMEOUT, millis(1..=10_000))?,
            max_waiters: vars.parse(&MAX_WAITERS, whole(0..=100_000))?,
        })
    }
}

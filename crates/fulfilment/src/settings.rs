//! What the environment may say about this service, and all it is made of.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use service::settings::Defaults;
use telemetry::settings::{Variable, Vars, Wrong, millis, whole};

const JOB_WORKERS: Variable = Variable {
    name: "QUARTET_JOB_WORKERS",
    default: "2",
    allowed: "jobs at once from 1 to 256, or 0 to take none",
    refused: "many",
};
const LEASE: Variable = Variable {
    name: "QUARTET_LEASE_MS",
    default: "10000",
    allowed: "milliseconds from 100 to 3600000",
    refused: "10",
};
const JOB_ATTEMPTS: Variable = Variable {
    name: "QUARTET_JOB_ATTEMPTS",
    default: "5",
    allowed: "attempts from 1 to 100",
    refused: "0",
};
const JOB_BACKOFF: Variable = Variable {
    name: "QUARTET_JOB_BACKOFF_MS",
    default: "1000",
    allowed: "milliseconds from 1 to 300000",
    refused: "1s",
};
const JOB_RETENTION: Variable = Variable {
    name: "QUARTET_JOB_RETENTION_HOURS",
    default: "24",
    allowed: "hours from 1 to 87600",
    refused: "0",
};
const SHIPPING: Variable = Variable {
    name: "QUARTET_SHIPPING_MS",
    default: "50",
    allowed: "milliseconds from 0 to 600000",
    refused: "fast",
};

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[
    JOB_WORKERS,
    LEASE,
    JOB_ATTEMPTS,
    JOB_BACKOFF,
    JOB_RETENTION,
    SHIPPING,
];

/// Every variable this service knows, by the crate that reads it.
pub const DECLARED: &[&[Variable]] = &[
    VARIABLES,
    service::settings::VARIABLES,
    storage::VARIABLES,
    telemetry::settings::VARIABLES,
];

const DEFAULTS: Defaults = Defaults {
    http: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8010),
    operations: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9010),
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
    /// How it works on jobs.
    pub jobs: JobSettings,
    /// How long the carrier takes for a parcel. `QUARTET_SHIPPING_MS`.
    pub shipping: Duration,
}

/// How jobs are worked on.
#[derive(Clone, Copy, Debug)]
pub struct JobSettings {
    /// Jobs at once; 0 takes none. `QUARTET_JOB_WORKERS`.
    pub workers: u32,
    /// How long a job is a worker's own unless it renews that. `QUARTET_LEASE_MS`.
    pub lease: Duration,
    /// Attempts after which a job is given up. `QUARTET_JOB_ATTEMPTS`.
    pub attempts: u32,
    /// How long the second attempt waits; each later one waits twice as long. `QUARTET_JOB_BACKOFF_MS`.
    pub backoff: Duration,
    /// How long jobs and events that have ended are kept. `QUARTET_JOB_RETENTION_HOURS`.
    pub retention: Duration,
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
            telemetry: telemetry::Settings::from_env("fulfilment", env!("CARGO_PKG_VERSION"))?,
            storage: storage::Settings::from_vars(&vars)?,
            jobs: JobSettings::from_vars(&vars)?,
            shipping: vars.parse(&SHIPPING, millis(0..=600_000))?,
        })
    }
}

impl JobSettings {
    fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let hours: u64 = vars.parse(&JOB_RETENTION, whole(1..=87_600))?;
        Ok(Self {
            workers: vars.parse(&JOB_WORKERS, whole(0..=256))?,
            lease: vars.parse(&LEASE, millis(100..=3_600_000))?,
            attempts: vars.parse(&JOB_ATTEMPTS, whole(1..=100))?,
            backoff: vars.parse(&JOB_BACKOFF, millis(1..=300_000))?,
            retention: Duration::from_secs(hours * 3_600),
        })
    }
}

//! What the environment may say about any service, declared once.

use std::net::SocketAddr;
use std::time::Duration;

use telemetry::settings::{Variable, Vars, Wrong, list, millis, switch, whole};

use crate::breaker;

const HTTP_ADDRESS: Variable = Variable {
    name: "QUARTET_HTTP_ADDRESS",
    default: "",
    allowed: ADDRESS,
    refused: "localhost",
};
const OPERATIONS_ADDRESS: Variable = Variable {
    name: "QUARTET_OPERATIONS_ADDRESS",
    default: "",
    allowed: ADDRESS,
    refused: "9000",
};
const WORKERS: Variable = Variable {
    name: "QUARTET_WORKERS",
    default: "0",
    allowed: "threads from 1 to 256, or 0 for one per core",
    refused: "some",
};
const MAX_CONNECTIONS: Variable = Variable {
    name: "QUARTET_MAX_CONNECTIONS",
    default: "1000",
    allowed: "connections from 1 to 100000",
    refused: "0",
};
const MAX_IN_FLIGHT: Variable = Variable {
    name: "QUARTET_MAX_IN_FLIGHT",
    default: "512",
    allowed: "requests from 1 to 100000",
    refused: "0",
};
const MAX_BODY_BYTES: Variable = Variable {
    name: "QUARTET_MAX_BODY_BYTES",
    default: "1048576",
    allowed: "bytes from 1 to 104857600",
    refused: "1MiB",
};
const HEAD_TIMEOUT: Variable = Variable {
    name: "QUARTET_HEAD_TIMEOUT_MS",
    default: "5000",
    allowed: "milliseconds from 1 to 600000",
    refused: "0",
};
const BODY_TIMEOUT: Variable = Variable {
    name: "QUARTET_BODY_TIMEOUT_MS",
    default: "10000",
    allowed: "milliseconds from 1 to 600000",
    refused: "10s",
};
const ALLOWED_HOSTS: Variable = Variable {
    name: "QUARTET_ALLOWED_HOSTS",
    default: "localhost,127.0.0.1,[::1]",
    allowed: "host names without ports, separated by commas, or *",
    refused: "http://localhost",
};
const CORS_ORIGINS: Variable = Variable {
    name: "QUARTET_CORS_ORIGINS",
    default: "none",
    allowed: "origins such as https://shop.example, separated by commas, or none",
    refused: "shop.example",
};
const BREAKER_FAILURES: Variable = Variable {
    name: "QUARTET_BREAKER_FAILURES",
    default: "5",
    allowed: "failures in a row from 1 to 1000",
    refused: "0",
};
const BREAKER_OPEN: Variable = Variable {
    name: "QUARTET_BREAKER_OPEN_MS",
    default: "10000",
    allowed: "milliseconds from 1 to 600000",
    refused: "10s",
};
const DEMO: Variable = Variable {
    name: "QUARTET_DEMO",
    default: "off",
    allowed: "on or off",
    refused: "yes",
};
const DEMO_LATENCY: Variable = Variable {
    name: "QUARTET_DEMO_LATENCY",
    default: "off",
    allowed: "on or off; on needs QUARTET_DEMO=on",
    refused: "on",
};

const ADDRESS: &str = "an address and a port, such as 127.0.0.1:8000; port 0 takes a free one";

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[
    HTTP_ADDRESS,
    OPERATIONS_ADDRESS,
    WORKERS,
    MAX_CONNECTIONS,
    MAX_IN_FLIGHT,
    MAX_BODY_BYTES,
    HEAD_TIMEOUT,
    BODY_TIMEOUT,
    ALLOWED_HOSTS,
    CORS_ORIGINS,
    BREAKER_FAILURES,
    BREAKER_OPEN,
    DEMO,
    DEMO_LATENCY,
];

/// Variables that only one of the services reads. All of them may share an environment, so none takes
/// another's variable for a mistake; each service's tests hold its own to this list.
pub const OF_ONE_SERVICE: &[&str] = &[
    "QUARTET_CONSOLE_LOG_BYTES",
    "QUARTET_CONSOLE_LOG_FILES",
    "QUARTET_CONSOLE_LOKI_ADDRESS",
    "QUARTET_CONSOLE_MAX_ITEMS_PER_SECOND",
    "QUARTET_CONSOLE_MAX_PUSH_BYTES",
    "QUARTET_CONSOLE_MAX_SERIES",
    "QUARTET_CONSOLE_METRIC_BYTES",
    "QUARTET_CONSOLE_OTLP_GRPC_ADDRESS",
    "QUARTET_CONSOLE_OTLP_HTTP_ADDRESS",
    "QUARTET_CONSOLE_PROFILES_ADDRESS",
    "QUARTET_CONSOLE_PROFILE_BYTES",
    "QUARTET_CONSOLE_SCRAPE",
    "QUARTET_CONSOLE_SCRAPE_INTERVAL_MS",
    "QUARTET_CONSOLE_TOKEN_FILE",
    "QUARTET_CONSOLE_TRACE_BYTES",
    "QUARTET_FULFILMENT_URL",
    "QUARTET_JOB_ATTEMPTS",
    "QUARTET_JOB_BACKOFF_MS",
    "QUARTET_JOB_RETENTION_HOURS",
    "QUARTET_JOB_WORKERS",
    "QUARTET_LEASE_MS",
    "QUARTET_MAX_WAITERS",
    "QUARTET_QUOTE_TIMEOUT_MS",
    "QUARTET_SHIPPING_MS",
];

/// Variables of the database, which a service without one does not take for a mistake either.
pub const OF_DATABASES: &[&str] = &[
    "QUARTET_DATABASE_CONNECTIONS",
    "QUARTET_DATABASE_MAX_MIB",
    "QUARTET_DATABASE_PASSWORD_FILE",
    "QUARTET_DATABASE_TIMEOUT_MS",
    "QUARTET_SLOW_QUERY_MS",
];

/// What every service needs to know, read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the public server listens. `QUARTET_HTTP_ADDRESS`.
    pub http: SocketAddr,
    /// Where the operations server listens. `QUARTET_OPERATIONS_ADDRESS`.
    pub operations: SocketAddr,
    /// Threads of the public server. `QUARTET_WORKERS`.
    pub workers: usize,
    /// Connections of the public server; further ones are closed. `QUARTET_MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// Requests under way; further ones get 503. `QUARTET_MAX_IN_FLIGHT`.
    pub max_in_flight: usize,
    /// Bytes of a request's body. `QUARTET_MAX_BODY_BYTES`.
    pub max_body_bytes: u64,
    /// For a request's head, from the first byte. `QUARTET_HEAD_TIMEOUT_MS`.
    pub head_timeout: Duration,
    /// For a request's body, all of it. `QUARTET_BODY_TIMEOUT_MS`.
    pub body_timeout: Duration,
    /// Values of `Host` that are served; empty for all. `QUARTET_ALLOWED_HOSTS`.
    pub allowed_hosts: Vec<String>,
    /// Origins of other sites that may read answers. `QUARTET_CORS_ORIGINS`.
    pub cors_origins: Vec<String>,
    /// When breakers of calls to other services open. `QUARTET_BREAKER_FAILURES`, `QUARTET_BREAKER_OPEN_MS`.
    pub breaker: breaker::Settings,
    /// Permits faults, demo latency and authentication off. `QUARTET_DEMO`.
    pub demo: bool,
    /// Whether answers take as long as those of a busy shop. `QUARTET_DEMO_LATENCY`.
    pub demo_latency: bool,
}

/// Where a service listens when nobody says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// The public address.
    pub http: SocketAddr,
    /// The operations address.
    pub operations: SocketAddr,
}

impl Settings {
    /// Reads from `vars`.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_vars(vars: &Vars<'_>, defaults: Defaults) -> Result<Self, Wrong> {
        let demo = vars.parse(&DEMO, switch)?;
        Ok(Self {
            http: address(vars, &HTTP_ADDRESS, defaults.http)?,
            operations: address(vars, &OPERATIONS_ADDRESS, defaults.operations)?,
            workers: match vars.parse(&WORKERS, whole(0..=256))? {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                workers => workers,
            },
            max_connections: vars.parse(&MAX_CONNECTIONS, whole(1..=100_000))?,
            max_in_flight: vars.parse(&MAX_IN_FLIGHT, whole(1..=100_000))?,
            max_body_bytes: vars.parse(&MAX_BODY_BYTES, whole(1..=104_857_600))?,
            head_timeout: vars.parse(&HEAD_TIMEOUT, millis(1..=600_000))?,
            body_timeout: vars.parse(&BODY_TIMEOUT, millis(1..=600_000))?,
            allowed_hosts: vars.parse(&ALLOWED_HOSTS, |text| match text {
                "*" => Some(Vec::new()),
                text => list(host)(text).filter(|hosts| !hosts.is_empty()),
            })?,
            cors_origins: vars.parse(&CORS_ORIGINS, |text| match text {
                "none" => Some(Vec::new()),
                text => list(origin)(text),
            })?,
            breaker: breaker::Settings {
                failures: vars.parse(&BREAKER_FAILURES, whole(1..=1_000))?,
                open_for: vars.parse(&BREAKER_OPEN, millis(1..=600_000))?,
            },
            demo,
            demo_latency: vars
                .parse(&DEMO_LATENCY, |text| switch(text).filter(|on| !on || demo))?,
        })
    }
}

/// The process environment, once it is sure that every `QUARTET_*` in it is one of `declared`
/// or [another service's](OF_ONE_SERVICE): a misspelt setting would otherwise be silently without effect.
///
/// # Errors
/// [`Wrong`], naming the first variable that nobody declares.
pub fn environment(
    declared: &[&[Variable]],
) -> Result<impl Fn(&str) -> Option<String> + use<>, Wrong> {
    let is_declared = |name: &str| {
        declared
            .iter()
            .copied()
            .flatten()
            .any(|variable| variable.name == name)
            || OF_ONE_SERVICE.contains(&name)
            || OF_DATABASES.contains(&name)
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reader of the environment in this crate"
    )]
    let mut unknown: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with("QUARTET_") && !is_declared(name))
        .collect();
    unknown.sort();
    if let Some((name, value)) = unknown.first() {
        return Err(Wrong::unknown(
            name,
            &value.to_string_lossy(),
            "no service of Quartet reads this variable",
        ));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reader of the environment in this crate"
    )]
    Ok(|name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

fn address(vars: &Vars<'_>, variable: &Variable, default: SocketAddr) -> Result<SocketAddr, Wrong> {
    match vars.set(variable) {
        Some(_) => vars.parse(variable, |text| text.parse().ok()),
        None => Ok(default),
    }
}

fn host(text: &str) -> Option<String> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = !text.is_empty() && text.bytes().all(letters);
    let is_ipv6 = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    (is_name || is_ipv6).then(|| text.to_ascii_lowercase())
}

fn origin(text: &str) -> Option<String> {
    let uri: actix_web::http::Uri = text.parse().ok()?;
    let is_origin = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some()
        && uri.path() == "/"
        && !text.ends_with('/');
    (is_origin && uri.query().is_none()).then(|| text.to_owned())
}

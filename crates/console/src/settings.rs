//! What the environment may say about the console, and all it is made of.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use service::settings::Defaults;
use telemetry::settings::{Variable, Vars, Wrong, list, millis, whole};

const OTLP_GRPC_ADDRESS: Variable = Variable {
    name: "QUARTET_CONSOLE_OTLP_GRPC_ADDRESS",
    default: "127.0.0.1:4317",
    allowed: ADDRESS,
    refused: "localhost",
};
const OTLP_HTTP_ADDRESS: Variable = Variable {
    name: "QUARTET_CONSOLE_OTLP_HTTP_ADDRESS",
    default: "127.0.0.1:4318",
    allowed: ADDRESS,
    refused: "4318",
};
const PROFILES_ADDRESS: Variable = Variable {
    name: "QUARTET_CONSOLE_PROFILES_ADDRESS",
    default: "127.0.0.1:4040",
    allowed: ADDRESS,
    refused: "none",
};
const LOKI_ADDRESS: Variable = Variable {
    name: "QUARTET_CONSOLE_LOKI_ADDRESS",
    default: "127.0.0.1:3100",
    allowed: ADDRESS,
    refused: "none",
};
const SCRAPE: Variable = Variable {
    name: "QUARTET_CONSOLE_SCRAPE",
    default: "none",
    allowed: "service=host:port pairs separated by commas, such as api=127.0.0.1:9000, or none",
    refused: "http://localhost:9000",
};
const SCRAPE_INTERVAL: Variable = Variable {
    name: "QUARTET_CONSOLE_SCRAPE_INTERVAL_MS",
    default: "5000",
    allowed: "milliseconds from 100 to 600000",
    refused: "5s",
};
const LOG_FILES: Variable = Variable {
    name: "QUARTET_CONSOLE_LOG_FILES",
    default: "none",
    allowed: "service=path pairs separated by commas, such as api=run/logs/api.log, or none",
    refused: "run/logs",
};
const TOKEN_FILE: Variable = Variable {
    name: "QUARTET_CONSOLE_TOKEN_FILE",
    default: "run/console.token",
    allowed: "the path of a file; one that is not there is made",
    refused: "",
};
const TRACE_BYTES: Variable = Variable {
    name: "QUARTET_CONSOLE_TRACE_BYTES",
    default: "67108864",
    allowed: BYTES,
    refused: "64MiB",
};
const LOG_BYTES: Variable = Variable {
    name: "QUARTET_CONSOLE_LOG_BYTES",
    default: "67108864",
    allowed: BYTES,
    refused: "0",
};
const METRIC_BYTES: Variable = Variable {
    name: "QUARTET_CONSOLE_METRIC_BYTES",
    default: "33554432",
    allowed: BYTES,
    refused: "-1",
};
const PROFILE_BYTES: Variable = Variable {
    name: "QUARTET_CONSOLE_PROFILE_BYTES",
    default: "33554432",
    allowed: BYTES,
    refused: "much",
};
const SERIES: Variable = Variable {
    name: "QUARTET_CONSOLE_MAX_SERIES",
    default: "20000",
    allowed: "series from 1 to 1000000",
    refused: "0",
};
const ITEMS_PER_SECOND: Variable = Variable {
    name: "QUARTET_CONSOLE_MAX_ITEMS_PER_SECOND",
    default: "100000",
    allowed: "spans, lines or samples from 1 to 10000000",
    refused: "0",
};
const PUSH_BYTES: Variable = Variable {
    name: "QUARTET_CONSOLE_MAX_PUSH_BYTES",
    default: "8388608",
    allowed: "bytes from 1024 to 67108864",
    refused: "8MiB",
};

const ADDRESS: &str = "an address and a port, such as 127.0.0.1:4318; port 0 takes a free one";
const BYTES: &str = "bytes from 4194304 to 4294967296";

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[
    OTLP_GRPC_ADDRESS,
    OTLP_HTTP_ADDRESS,
    PROFILES_ADDRESS,
    LOKI_ADDRESS,
    SCRAPE,
    SCRAPE_INTERVAL,
    LOG_FILES,
    TOKEN_FILE,
    TRACE_BYTES,
    LOG_BYTES,
    METRIC_BYTES,
    PROFILE_BYTES,
    SERIES,
    ITEMS_PER_SECOND,
    PUSH_BYTES,
];

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
    /// Where it receives.
    pub receivers: Receivers,
    /// What it fetches by itself.
    pub sources: Sources,
    /// What it keeps at most.
    pub limits: Limits,
    /// Where the token of its links stands. `QUARTET_CONSOLE_TOKEN_FILE`.
    pub token_file: PathBuf,
}

/// Where signals are received.
#[derive(Clone, Copy, Debug)]
pub struct Receivers {
    /// OTLP over gRPC. `QUARTET_CONSOLE_OTLP_GRPC_ADDRESS`.
    pub otlp_grpc: SocketAddr,
    /// OTLP over HTTP. `QUARTET_CONSOLE_OTLP_HTTP_ADDRESS`.
    pub otlp_http: SocketAddr,
    /// Profiles, as Pyroscope receives them. `QUARTET_CONSOLE_PROFILES_ADDRESS`.
    pub profiles: SocketAddr,
    /// Lines, as Loki receives them. `QUARTET_CONSOLE_LOKI_ADDRESS`.
    pub loki: SocketAddr,
}

/// What is fetched instead of received.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Services and the addresses of their `/metrics`. `QUARTET_CONSOLE_SCRAPE`.
    pub scrape: Vec<(String, String)>,
    /// What lies between two scrapes. `QUARTET_CONSOLE_SCRAPE_INTERVAL_MS`.
    pub scrape_interval: Duration,
    /// Services and the files of their lines. `QUARTET_CONSOLE_LOG_FILES`.
    pub log_files: Vec<(String, PathBuf)>,
}

/// What is kept, and taken, at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of spans. `QUARTET_CONSOLE_TRACE_BYTES`.
    pub trace_bytes: usize,
    /// Bytes of lines. `QUARTET_CONSOLE_LOG_BYTES`.
    pub log_bytes: usize,
    /// Bytes of samples. `QUARTET_CONSOLE_METRIC_BYTES`.
    pub metric_bytes: usize,
    /// Bytes of stacks. `QUARTET_CONSOLE_PROFILE_BYTES`.
    pub profile_bytes: usize,
    /// Series of metrics. `QUARTET_CONSOLE_MAX_SERIES`.
    pub series: usize,
    /// Spans, lines and samples a second, for each of them. `QUARTET_CONSOLE_MAX_ITEMS_PER_SECOND`.
    pub items_per_second: u32,
    /// Bytes of one push, unpacked. `QUARTET_CONSOLE_MAX_PUSH_BYTES`.
    pub push_bytes: usize,
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
            telemetry: metrics_and_logs(telemetry::Settings::from_env(
                "console",
                env!("CARGO_PKG_VERSION"),
            )?),
            receivers: Receivers::from_vars(&vars)?,
            sources: Sources::from_vars(&vars)?,
            limits: Limits::from_vars(&vars)?,
            token_file: vars.parse(&TOKEN_FILE, |path| {
                (!path.is_empty()).then(|| PathBuf::from(path))
            })?,
        })
    }
}

/// Spans and profiles of its own would come back to it, whatever the environment says.
fn metrics_and_logs(mut telemetry: telemetry::Settings) -> telemetry::Settings {
    telemetry.traces.endpoint = None;
    telemetry.traces.sampler.parent_based = false;
    telemetry.traces.sampler.ratio = 0.0;
    telemetry.profiles.endpoint = None;
    telemetry
}

impl Receivers {
    fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let address = |variable| vars.parse(variable, |text| text.parse().ok());
        Ok(Self {
            otlp_grpc: address(&OTLP_GRPC_ADDRESS)?,
            otlp_http: address(&OTLP_HTTP_ADDRESS)?,
            profiles: address(&PROFILES_ADDRESS)?,
            loki: address(&LOKI_ADDRESS)?,
        })
    }
}

impl Sources {
    fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            scrape: vars.parse(&SCRAPE, |text| match text {
                "none" => Some(Vec::new()),
                text => list(target)(text),
            })?,
            scrape_interval: vars.parse(&SCRAPE_INTERVAL, millis(100..=600_000))?,
            log_files: vars.parse(&LOG_FILES, |text| match text {
                "none" => Some(Vec::new()),
                text => list(|pair| {
                    let (service, path) = named(pair)?;
                    Some((service.to_owned(), PathBuf::from(path)))
                })(text),
            })?,
        })
    }
}

impl Limits {
    /// Reads from `vars`.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let bytes = |variable| vars.parse(variable, whole(4_194_304..=4_294_967_296));
        Ok(Self {
            trace_bytes: bytes(&TRACE_BYTES)?,
            log_bytes: bytes(&LOG_BYTES)?,
            metric_bytes: bytes(&METRIC_BYTES)?,
            profile_bytes: bytes(&PROFILE_BYTES)?,
            series: vars.parse(&SERIES, whole(1..=1_000_000))?,
            items_per_second: vars.parse(&ITEMS_PER_SECOND, whole(1..=10_000_000))?,
            push_bytes: vars.parse(&PUSH_BYTES, whole(1_024..=67_108_864))?,
        })
    }
}

fn named(pair: &str) -> Option<(&str, &str)> {
    let (name, value) = pair.split_once('=')?;
    (!name.is_empty() && !value.is_empty()).then_some((name, value))
}

fn target(pair: &str) -> Option<(String, String)> {
    let (service, address) = named(pair)?;
    let (host, port) = address.rsplit_once(':')?;
    let is_address = !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok();
    is_address.then(|| (service.to_owned(), address.to_owned()))
}

//! What the environment may say about telemetry, declared once.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing_subscriber::filter::Targets;

pub use variable::{Variable, Vars, Wrong, list, switch, whole};

mod variable;

const SERVICE_NAME: Variable = Variable {
    name: "OTEL_SERVICE_NAME",
    default: "",
    allowed: "1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'; by default the name of the program",
    refused: "two words",
};
const RESOURCE_ATTRIBUTES: Variable = Variable {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    default: "",
    allowed: "key=value pairs separated by commas, values percent-encoded",
    refused: "no-equals-sign",
};
const ENVIRONMENT: Variable = Variable {
    name: "QUARTET_ENVIRONMENT",
    default: "development",
    allowed: "1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'",
    refused: "two words",
};
const TRUSTED_PROXIES: Variable = Variable {
    name: "QUARTET_TRUSTED_PROXIES",
    default: "127.0.0.0/8,::1/128",
    allowed: "CIDR blocks separated by commas, or none",
    refused: "10.0.0.0/33",
};
// actix tells of its own start at `info`, and of each malformed request of a client at `error`.
const LOG: Variable = Variable {
    name: "RUST_LOG",
    default: "info,actix_server=warn,actix_http=off",
    allowed: "a level, or target=level pairs, separated by commas; levels are off, error, warn, info, debug, trace",
    refused: "api=loud",
};
const ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    default: "",
    allowed: URL,
    refused: "localhost:4317",
};
const TRACES_ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    default: "",
    allowed: URL,
    refused: "ftp://localhost",
};
const HEADERS: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    default: "",
    allowed: "key=value pairs separated by commas, values percent-encoded",
    refused: "no-equals-sign",
};
const PROTOCOL: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    default: "http/protobuf",
    allowed: "grpc or http/protobuf",
    refused: "http/json",
};
const TIMEOUT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TIMEOUT",
    default: "10000",
    allowed: "milliseconds from 1 to 600000",
    refused: "0",
};
const CERTIFICATE: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_CERTIFICATE",
    default: "",
    allowed: "the path of a readable PEM file; it needs the feature tls",
    refused: "/nowhere/ca.pem",
};
const SAMPLER: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER",
    default: "parentbased_always_on",
    allowed: "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio",
    refused: "sometimes",
};
const SAMPLER_ARG: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER_ARG",
    default: "1.0",
    allowed: "a number from 0 to 1",
    refused: "1.5",
};
const PROPAGATORS: Variable = Variable {
    name: "OTEL_PROPAGATORS",
    default: "tracecontext,baggage",
    allowed: "tracecontext and baggage, separated by commas, or none",
    refused: "b3",
};
const DISABLED: Variable = Variable {
    name: "OTEL_SDK_DISABLED",
    default: "false",
    allowed: "true or false",
    refused: "maybe",
};
const QUEUE_SIZE: Variable = Variable {
    name: "OTEL_BSP_MAX_QUEUE_SIZE",
    default: "2048",
    allowed: "spans from 1 to 65536",
    refused: "0",
};
const BATCH_SIZE: Variable = Variable {
    name: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    default: "512",
    allowed: "spans from 1 to 65536",
    refused: "many",
};
const SCHEDULE_DELAY: Variable = Variable {
    name: "OTEL_BSP_SCHEDULE_DELAY",
    default: "1000",
    allowed: "milliseconds from 1 to 60000",
    refused: "-1",
};

#[cfg(feature = "tls")]
const URL: &str = "a URL that starts with http:// or https:// and names a host";
#[cfg(not(feature = "tls"))]
const URL: &str =
    "a URL that starts with http:// and names a host; for https:// build with the feature tls";

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[
    SERVICE_NAME,
    RESOURCE_ATTRIBUTES,
    ENVIRONMENT,
    TRUSTED_PROXIES,
    LOG,
    ENDPOINT,
    TRACES_ENDPOINT,
    HEADERS,
    PROTOCOL,
    TIMEOUT,
    CERTIFICATE,
    SAMPLER,
    SAMPLER_ARG,
    PROPAGATORS,
    DISABLED,
    QUEUE_SIZE,
    BATCH_SIZE,
    SCHEDULE_DELAY,
];

/// What telemetry needs to know, read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `service.name` of every signal. `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// `service.version`; the caller knows it.
    pub service_version: String,
    /// `deployment.environment.name`. `QUARTET_ENVIRONMENT`.
    pub environment: String,
    /// Further resource attributes. `OTEL_RESOURCE_ATTRIBUTES`.
    pub resource: Vec<(String, String)>,
    /// Peers whose `traceparent` and `X-Forwarded-*` count. `QUARTET_TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// Which lines are written. `RUST_LOG`.
    pub log: Targets,
    /// How traces are sampled and sent.
    pub traces: Traces,
    /// Which headers carry context. `OTEL_PROPAGATORS`.
    pub propagators: Vec<Propagator>,
    /// Variables in the environment that the OpenTelemetry specification knows and this crate does not implement.
    pub ignored: Vec<String>,
}

/// How traces are sampled and sent.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Where spans go; without it they are made, but not exported.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub protocol: Protocol,
    /// `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Vec<(String, String)>,
    /// For one batch, all attempts together. `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub timeout: Duration,
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub certificate: Option<PathBuf>,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampler: Sampler,
    /// Spans that may wait. `OTEL_BSP_MAX_QUEUE_SIZE`.
    pub queue_size: usize,
    /// Spans of one request to the collector. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`.
    pub batch_size: usize,
    /// How long a batch may fill. `OTEL_BSP_SCHEDULE_DELAY`.
    pub schedule_delay: Duration,
}

/// The transports of OTLP that this crate speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP with binary protobuf.
    HttpProtobuf,
}

/// The samplers of the OpenTelemetry specification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Whether the caller's decision counts.
    pub parent_based: bool,
    /// The share of root traces that are sampled, from 0 to 1.
    pub ratio: f64,
}

/// The context formats that this crate reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagator {
    /// W3C Trace Context.
    TraceContext,
    /// W3C Baggage.
    Baggage,
}

impl Settings {
    /// Reads the process environment.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_env(service_name: &str, service_version: &str) -> Result<Self, Wrong> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one reader of the environment in this crate"
        )]
        let mut settings = Self::from_vars(service_name, service_version, &|name| {
            std::env::var(name).ok()
        })?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the one reader of the environment in this crate"
        )]
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        settings.ignored = names
            .filter(|name| {
                name.starts_with("OTEL_") && VARIABLES.iter().all(|variable| variable.name != name)
            })
            .collect();
        settings.ignored.sort();
        Ok(settings)
    }

    /// Reads from `source`, which returns nothing for what is unset.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_vars(
        service_name: &str,
        service_version: &str,
        source: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Wrong> {
        let vars = Vars::new(source);
        let service_name = match vars.set(&SERVICE_NAME) {
            Some(_) => vars.parse(&SERVICE_NAME, word)?,
            None => service_name.to_owned(),
        };
        let disabled = vars.parse(&DISABLED, |text| match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })?;
        let mut traces = Traces::from_vars(&vars)?;
        if disabled {
            traces.endpoint = None;
            traces.sampler = Sampler {
                parent_based: false,
                ratio: 0.0,
            };
        }
        Ok(Self {
            service_name,
            service_version: service_version.to_owned(),
            environment: vars.parse(&ENVIRONMENT, word)?,
            resource: vars.parse(&RESOURCE_ATTRIBUTES, pairs)?,
            trusted_proxies: vars.parse(&TRUSTED_PROXIES, |text| match text {
                "none" => Some(Vec::new()),
                text => list(|block| block.parse().ok())(text),
            })?,
            log: vars.parse(&LOG, |text| text.parse().ok())?,
            traces,
            propagators: vars.parse(&PROPAGATORS, |text| match text {
                "none" => Some(Vec::new()),
                text => list(propagator)(text),
            })?,
            ignored: Vec::new(),
        })
    }

    /// The defaults, untouched by the environment.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a test holds the defaults to what is allowed"
    )]
    pub fn for_tests(service_name: &str) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "a test holds the defaults to what is allowed"
        )]
        Self::from_vars(service_name, "0.0.0", &|_| None).expect("defaults are allowed")
    }
}

impl Traces {
    fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let protocol = vars.parse(&PROTOCOL, |text| match text {
            "grpc" => Some(Protocol::Grpc),
            "http/protobuf" => Some(Protocol::HttpProtobuf),
            _ => None,
        })?;
        let certificate = vars.parse(&CERTIFICATE, |path| {
            (path.is_empty()
                || cfg!(feature = "tls")
                    && std::fs::read(path).is_ok_and(|pem| pem.starts_with(b"-----BEGIN ")))
            .then(|| (!path.is_empty()).then(|| PathBuf::from(path)))
        })?;
        let queue_size = usize_of(vars, &QUEUE_SIZE, 1..=65_536)?;
        Ok(Self {
            endpoint: endpoint(vars, protocol)?,
            protocol,
            headers: vars.parse(&HEADERS, headers)?,
            timeout: Duration::from_millis(vars.parse(&TIMEOUT, whole(1..=600_000))?),
            certificate,
            sampler: sampler(vars)?,
            queue_size,
            batch_size: usize_of(vars, &BATCH_SIZE, 1..=65_536)?.min(queue_size),
            schedule_delay: Duration::from_millis(vars.parse(&SCHEDULE_DELAY, whole(1..=60_000))?),
        })
    }
}

/// The general address gets the signal's path over HTTP; the signal's own address is taken as it is.
///
/// Source: OpenTelemetry protocol exporter specification, "Endpoint URLs for OTLP/HTTP".
fn endpoint(vars: &Vars<'_>, protocol: Protocol) -> Result<Option<String>, Wrong> {
    let own = vars.parse(&TRACES_ENDPOINT, url)?;
    let general = vars.parse(&ENDPOINT, url)?.map(|general| match protocol {
        Protocol::Grpc => general,
        Protocol::HttpProtobuf => format!("{}/v1/traces", general.trim_end_matches('/')),
    });
    Ok(own.or(general))
}

fn sampler(vars: &Vars<'_>) -> Result<Sampler, Wrong> {
    let ratio = vars.parse(&SAMPLER_ARG, |text| {
        text.parse()
            .ok()
            .filter(|ratio| (0.0..=1.0).contains(ratio))
    })?;
    vars.parse(&SAMPLER, |text| {
        let (parent_based, root) = match text.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, text),
        };
        let ratio = match root {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => ratio,
            _ => return None,
        };
        Some(Sampler {
            parent_based,
            ratio,
        })
    })
}

fn usize_of(
    vars: &Vars<'_>,
    variable: &Variable,
    range: std::ops::RangeInclusive<u64>,
) -> Result<usize, Wrong> {
    vars.parse(variable, |text| {
        whole(range)(text).and_then(|number| usize::try_from(number).ok())
    })
}

fn word(text: &str) -> Option<String> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(letters)).then(|| text.to_owned())
}

/// An empty text is no address; TLS is refused where it was not built in.
fn url(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let uri: http::Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let is_spoken = scheme == "http" || (cfg!(feature = "tls") && scheme == "https");
    (is_spoken && !uri.host()?.is_empty()).then(|| Some(text.to_owned()))
}

fn propagator(text: &str) -> Option<Propagator> {
    match text {
        "tracecontext" => Some(Propagator::TraceContext),
        "baggage" => Some(Propagator::Baggage),
        _ => None,
    }
}

fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    list(|pair| {
        let (key, value) = pair.split_once('=')?;
        let key = key.trim();
        (!key.is_empty()).then_some(())?;
        Some((key.to_owned(), percent_decoded(value.trim())?))
    })(text)
}

fn headers(text: &str) -> Option<Vec<(String, String)>> {
    pairs(text)?
        .into_iter()
        .map(|(name, value)| {
            http::HeaderName::try_from(&name).ok()?;
            http::HeaderValue::try_from(&value).ok()?;
            Some((name.to_ascii_lowercase(), value))
        })
        .collect()
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::{Protocol, Sampler, Settings, VARIABLES, Wrong};

    fn read(vars: &[(&str, &str)]) -> Result<Settings, Wrong> {
        Settings::from_vars("api", "1.2.3", &|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_defaults_are_allowed_and_export_nothing() {
        let settings = read(&[]).unwrap();

        assert_eq!(settings.service_name, "api");
        assert_eq!(settings.traces.endpoint, None);
        assert_eq!(
            settings.traces.sampler,
            Sampler {
                parent_based: true,
                ratio: 1.0
            }
        );
    }

    #[test]
    fn each_refused_value_is_blamed_by_name() {
        for variable in VARIABLES {
            let wrong = read(&[(variable.name, variable.refused)]).unwrap_err();

            let line = wrong.to_string();
            assert_eq!(wrong.name(), variable.name);
            assert!(
                line.contains(variable.allowed) && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn the_general_address_gets_the_path_of_the_signal_over_http_only() {
        let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://alloy:4318/");

        let over_http = read(&[general]).unwrap().traces;
        let over_grpc = read(&[general, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")])
            .unwrap()
            .traces;
        let own = read(&[
            general,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://tempo:4318/x"),
        ])
        .unwrap()
        .traces;

        assert_eq!(
            over_http.endpoint.as_deref(),
            Some("http://alloy:4318/v1/traces")
        );
        assert_eq!(over_grpc.protocol, Protocol::Grpc);
        assert_eq!(over_grpc.endpoint.as_deref(), Some("http://alloy:4318/"));
        assert_eq!(own.endpoint.as_deref(), Some("http://tempo:4318/x"));
    }

    #[test]
    fn a_disabled_sdk_neither_samples_nor_exports() {
        let settings = read(&[
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://alloy:4318"),
        ])
        .unwrap();

        assert_eq!(settings.traces.endpoint, None);
        assert_eq!(settings.traces.sampler.ratio, 0.0);
    }

    #[test]
    fn values_of_pairs_are_percent_decoded() {
        let settings = read(&[("OTEL_RESOURCE_ATTRIBUTES", "project=dev, team=a%2Cb")]).unwrap();

        let pairs = [
            ("project".to_owned(), "dev".to_owned()),
            ("team".to_owned(), "a,b".to_owned()),
        ];
        assert_eq!(settings.resource, pairs);
    }
}

//! Each variable, once.

use super::Variable;

pub(super) const SERVICE_NAME: Variable = Variable {
    name: "OTEL_SERVICE_NAME",
    default: "",
    allowed: "1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'; by default the name of the program",
    refused: "two words",
};
pub(super) const RESOURCE_ATTRIBUTES: Variable = Variable {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    default: "",
    allowed: "key=value pairs separated by commas, values percent-encoded",
    refused: "no-equals-sign",
};
pub(super) const ENVIRONMENT: Variable = Variable {
    name: "QUARTET_ENVIRONMENT",
    default: "development",
    allowed: "1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'",
    refused: "two words",
};
pub(super) const TRUSTED_PROXIES: Variable = Variable {
    name: "QUARTET_TRUSTED_PROXIES",
    default: "127.0.0.0/8,::1/128",
    allowed: "CIDR blocks separated by commas, or none",
    refused: "10.0.0.0/33",
};
// actix tells of its own start at `info`, and of each malformed request of a client at `error`;
// what becomes of pyroscope's own attempts is told by this crate.
pub(super) const LOG: Variable = Variable {
    name: "RUST_LOG",
    default: "info,actix_server=warn,actix_http=off,pyroscope=off",
    allowed: "a level, or target=level pairs, separated by commas; levels are off, error, warn, info, debug, trace",
    refused: "api=loud",
};
pub(super) const ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    default: "",
    allowed: URL,
    refused: "localhost:4317",
};
pub(super) const TRACES_ENDPOINT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    default: "",
    allowed: URL,
    refused: "ftp://localhost",
};
pub(super) const HEADERS: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    default: "",
    allowed: "key=value pairs separated by commas, values percent-encoded",
    refused: "no-equals-sign",
};
pub(super) const PROTOCOL: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    default: "http/protobuf",
    allowed: "grpc or http/protobuf",
    refused: "http/json",
};
pub(super) const TIMEOUT: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_TIMEOUT",
    default: "10000",
    allowed: "milliseconds from 1 to 600000",
    refused: "0",
};
pub(super) const CERTIFICATE: Variable = Variable {
    name: "OTEL_EXPORTER_OTLP_CERTIFICATE",
    default: "",
    allowed: "the path of a readable PEM file; it needs the feature tls",
    refused: "/nowhere/ca.pem",
};
pub(super) const SAMPLER: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER",
    default: "parentbased_always_on",
    allowed: "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio",
    refused: "sometimes",
};
pub(super) const SAMPLER_ARG: Variable = Variable {
    name: "OTEL_TRACES_SAMPLER_ARG",
    default: "1.0",
    allowed: "a number from 0 to 1",
    refused: "1.5",
};
pub(super) const PROPAGATORS: Variable = Variable {
    name: "OTEL_PROPAGATORS",
    default: "tracecontext,baggage",
    allowed: "tracecontext and baggage, separated by commas, or none",
    refused: "b3",
};
pub(super) const DISABLED: Variable = Variable {
    name: "OTEL_SDK_DISABLED",
    default: "false",
    allowed: "true or false",
    refused: "maybe",
};
pub(super) const QUEUE_SIZE: Variable = Variable {
    name: "OTEL_BSP_MAX_QUEUE_SIZE",
    default: "2048",
    allowed: "spans from 1 to 65536",
    refused: "0",
};
pub(super) const BATCH_SIZE: Variable = Variable {
    name: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    default: "512",
    allowed: "spans from 1 to 65536",
    refused: "many",
};
pub(super) const SCHEDULE_DELAY: Variable = Variable {
    name: "OTEL_BSP_SCHEDULE_DELAY",
    default: "1000",
    allowed: "milliseconds from 1 to 60000",
    refused: "-1",
};
pub(super) const PYROSCOPE_ADDRESS: Variable = Variable {
    name: "PYROSCOPE_SERVER_ADDRESS",
    default: "",
    allowed: PROFILES_URL,
    refused: "localhost:4040",
};
pub(super) const PYROSCOPE_USER: Variable = Variable {
    name: "PYROSCOPE_BASIC_AUTH_USER",
    default: "",
    allowed: "a name without ':', together with PYROSCOPE_BASIC_AUTH_PASSWORD",
    refused: "na:me",
};
pub(super) const PYROSCOPE_PASSWORD: Variable = Variable {
    name: "PYROSCOPE_BASIC_AUTH_PASSWORD",
    default: "",
    allowed: "text without control characters, together with PYROSCOPE_BASIC_AUTH_USER",
    refused: "two\nlines",
};
pub(super) const PYROSCOPE_INTERVAL: Variable = Variable {
    name: "PYROSCOPE_UPLOAD_INTERVAL",
    default: "10s",
    allowed: "seconds from 1s to 60s",
    refused: "10",
};

#[cfg(feature = "profiles")]
const PROFILES_URL: &str = URL;
#[cfg(not(feature = "profiles"))]
const PROFILES_URL: &str = "nothing; for profiles build with the feature profiles";

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
    PYROSCOPE_ADDRESS,
    PYROSCOPE_USER,
    PYROSCOPE_PASSWORD,
    PYROSCOPE_INTERVAL,
];

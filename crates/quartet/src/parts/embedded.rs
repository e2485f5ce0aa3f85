//! The services with the console beside them: a first look, without any backend.

use std::time::Duration;

use super::services::{DEFAULTS, api, fulfilment};
use super::{Part, Program, Stop, Table};

const TOLD: &[&str] = &[
    "DATABASE_URL",
    "QUARTET_DEMO",
    "QUARTET_DEMO_LATENCY",
    "QUARTET_ENVIRONMENT",
    "QUARTET_FULFILMENT_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PYROSCOPE_SERVER_ADDRESS",
];

/// Where the console listens and looks, and where services send to.
const VIEWED: &[(&str, &str)] = &[
    ("QUARTET_CONSOLE_HTTP_ADDRESS", "127.0.0.1:3000"),
    ("QUARTET_CONSOLE_OPERATIONS_ADDRESS", "127.0.0.1:9020"),
    ("QUARTET_CONSOLE_OTLP_GRPC_ADDRESS", "127.0.0.1:4317"),
    ("QUARTET_CONSOLE_OTLP_HTTP_ADDRESS", "127.0.0.1:4318"),
    ("QUARTET_CONSOLE_PROFILES_ADDRESS", "127.0.0.1:4040"),
    ("QUARTET_CONSOLE_LOKI_ADDRESS", "127.0.0.1:3100"),
    (
        "QUARTET_CONSOLE_SCRAPE",
        "api=${QUARTET_API_OPERATIONS_ADDRESS},fulfilment=${QUARTET_FULFILMENT_OPERATIONS_ADDRESS},console=${QUARTET_CONSOLE_OPERATIONS_ADDRESS}",
    ),
    (
        "QUARTET_CONSOLE_LOG_FILES",
        "api=run/logs/api.log,fulfilment=run/logs/fulfilment.log,console=run/logs/console.log",
    ),
    ("QUARTET_CONSOLE_TOKEN_FILE", "run/console.token"),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://${QUARTET_CONSOLE_OTLP_HTTP_ADDRESS}",
    ),
    (
        "PYROSCOPE_SERVER_ADDRESS",
        "http://${QUARTET_CONSOLE_PROFILES_ADDRESS}",
    ),
];

pub(super) const TABLE: Table = Table {
    files: &[],
    defaults: &[DEFAULTS, VIEWED],
    parts: &[CONSOLE, api(TOLD), fulfilment(TOLD)],
    next: &[
        ("./load.sh", "send it requests of every kind"),
        ("just verify", "follow every link between signals"),
        ("just doctor", "see what each hop took, and lost"),
        ("just status", "see how each part is"),
        ("just down", "stop it"),
    ],
};

const CONSOLE: Part = Part {
    name: "console",
    program: Program::Service,
    arguments: &[],
    told: &[
        "QUARTET_CONSOLE_OTLP_GRPC_ADDRESS",
        "QUARTET_CONSOLE_OTLP_HTTP_ADDRESS",
        "QUARTET_CONSOLE_PROFILES_ADDRESS",
        "QUARTET_CONSOLE_LOKI_ADDRESS",
        "QUARTET_CONSOLE_SCRAPE",
        "QUARTET_CONSOLE_LOG_FILES",
        "QUARTET_CONSOLE_TOKEN_FILE",
        "QUARTET_ENVIRONMENT",
    ],
    environment: &[
        ("QUARTET_HTTP_ADDRESS", "${QUARTET_CONSOLE_HTTP_ADDRESS}"),
        (
            "QUARTET_OPERATIONS_ADDRESS",
            "${QUARTET_CONSOLE_OPERATIONS_ADDRESS}",
        ),
    ],
    listens: &[
        (
            "QUARTET_CONSOLE_HTTP_ADDRESS",
            "${QUARTET_CONSOLE_HTTP_ADDRESS}",
        ),
        (
            "QUARTET_CONSOLE_OPERATIONS_ADDRESS",
            "${QUARTET_CONSOLE_OPERATIONS_ADDRESS}",
        ),
        (
            "QUARTET_CONSOLE_OTLP_GRPC_ADDRESS",
            "${QUARTET_CONSOLE_OTLP_GRPC_ADDRESS}",
        ),
        (
            "QUARTET_CONSOLE_OTLP_HTTP_ADDRESS",
            "${QUARTET_CONSOLE_OTLP_HTTP_ADDRESS}",
        ),
        (
            "QUARTET_CONSOLE_PROFILES_ADDRESS",
            "${QUARTET_CONSOLE_PROFILES_ADDRESS}",
        ),
        (
            "QUARTET_CONSOLE_LOKI_ADDRESS",
            "${QUARTET_CONSOLE_LOKI_ADDRESS}",
        ),
    ],
    ready: "http://${QUARTET_CONSOLE_OPERATIONS_ADDRESS}/health/ready",
    stop: Stop {
        turn: 1,
        grace: Duration::from_secs(15),
    },
    places: &[(
        "console",
        "http://${QUARTET_CONSOLE_HTTP_ADDRESS}/?token=<${QUARTET_CONSOLE_TOKEN_FILE}>",
    )],
    configuration: None,
};

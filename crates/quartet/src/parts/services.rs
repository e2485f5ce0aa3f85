//! The services: the same in every mode, but for what they are told.

use std::time::Duration;

use super::{Part, Program, Stop};

/// The part that works on jobs.
pub(crate) const FULFILMENT: &str = "fulfilment";
/// Where that part serves its operators.
pub(crate) const FULFILMENT_OPERATIONS: &str = "QUARTET_FULFILMENT_OPERATIONS_ADDRESS";

/// Variables that are meant for this program and none of its parts.
pub(crate) const OF_ONE_PART: &[&str] = &[
    "QUARTET_API_HTTP_ADDRESS",
    "QUARTET_API_OPERATIONS_ADDRESS",
    "QUARTET_CONSOLE_HTTP_ADDRESS",
    "QUARTET_CONSOLE_OPERATIONS_ADDRESS",
    "QUARTET_FULFILMENT_HTTP_ADDRESS",
    FULFILMENT_OPERATIONS,
];

/// Variables that every service reads, so that no service could be told apart by them; each with one to set instead.
pub(crate) const SHARED: &[(&str, &str)] = &[
    ("QUARTET_HTTP_ADDRESS", "QUARTET_API_HTTP_ADDRESS"),
    (
        "QUARTET_OPERATIONS_ADDRESS",
        "QUARTET_API_OPERATIONS_ADDRESS",
    ),
];

/// Where they are, and what makes them a demo. The path is relative to the root, so that nothing in it needs escaping.
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    ("QUARTET_API_HTTP_ADDRESS", "127.0.0.1:8000"),
    ("QUARTET_API_OPERATIONS_ADDRESS", "127.0.0.1:9000"),
    ("QUARTET_FULFILMENT_HTTP_ADDRESS", "127.0.0.1:8010"),
    (FULFILMENT_OPERATIONS, "127.0.0.1:9010"),
    (
        "QUARTET_FULFILMENT_URL",
        "http://${QUARTET_FULFILMENT_HTTP_ADDRESS}",
    ),
    ("DATABASE_URL", "sqlite://data/quartet.db"),
    ("QUARTET_DEMO", "on"),
    ("QUARTET_DEMO_LATENCY", "${QUARTET_DEMO}"),
    ("QUARTET_ENVIRONMENT", "demo"),
];

/// A service has 10 s to shut down; the rest is for a busy machine.
const STOP: Stop = Stop {
    turn: 0,
    grace: Duration::from_secs(15),
};

pub(super) const fn api(told: &'static [&'static str]) -> Part {
    Part {
        name: "api",
        program: Program::Service,
        arguments: &[],
        told,
        environment: &[
            ("QUARTET_HTTP_ADDRESS", "${QUARTET_API_HTTP_ADDRESS}"),
            (
                "QUARTET_OPERATIONS_ADDRESS",
                "${QUARTET_API_OPERATIONS_ADDRESS}",
            ),
        ],
        listens: &[
            ("QUARTET_API_HTTP_ADDRESS", "${QUARTET_API_HTTP_ADDRESS}"),
            (
                "QUARTET_API_OPERATIONS_ADDRESS",
                "${QUARTET_API_OPERATIONS_ADDRESS}",
            ),
        ],
        ready: "http://${QUARTET_API_OPERATIONS_ADDRESS}/health/ready",
        stop: STOP,
        places: &[
            ("API", "http://${QUARTET_API_HTTP_ADDRESS}"),
            (
                "API documentation",
                "http://${QUARTET_API_HTTP_ADDRESS}/docs",
            ),
            (
                "metrics of api",
                "http://${QUARTET_API_OPERATIONS_ADDRESS}/metrics",
            ),
            ("lines of api", "just logs api -f"),
        ],
        configuration: None,
    }
}

pub(super) const fn fulfilment(told: &'static [&'static str]) -> Part {
    Part {
        name: FULFILMENT,
        program: Program::Service,
        arguments: &[],
        told,
        environment: &[
            ("QUARTET_HTTP_ADDRESS", "${QUARTET_FULFILMENT_HTTP_ADDRESS}"),
            (
                "QUARTET_OPERATIONS_ADDRESS",
                "${QUARTET_FULFILMENT_OPERATIONS_ADDRESS}",
            ),
        ],
        listens: &[
            (
                "QUARTET_FULFILMENT_HTTP_ADDRESS",
                "${QUARTET_FULFILMENT_HTTP_ADDRESS}",
            ),
            (
                FULFILMENT_OPERATIONS,
                "${QUARTET_FULFILMENT_OPERATIONS_ADDRESS}",
            ),
        ],
        ready: "http://${QUARTET_FULFILMENT_OPERATIONS_ADDRESS}/health/ready",
        stop: STOP,
        places: &[
            (
                "metrics of fulfilment",
                "http://${QUARTET_FULFILMENT_OPERATIONS_ADDRESS}/metrics",
            ),
            ("lines of fulfilment", "just logs fulfilment -f"),
        ],
        configuration: None,
    }
}

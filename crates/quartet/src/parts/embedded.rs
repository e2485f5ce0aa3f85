//! The services by themselves: a first look, without any backend.

use super::Table;
use super::services::{DEFAULTS, api, fulfilment};

const TOLD: &[&str] = &[
    "DATABASE_URL",
    "QUARTET_DEMO",
    "QUARTET_DEMO_LATENCY",
    "QUARTET_ENVIRONMENT",
    "QUARTET_FULFILMENT_URL",
];

pub(super) const TABLE: Table = Table {
    files: &[],
    defaults: &[DEFAULTS],
    parts: &[api(TOLD), fulfilment(TOLD)],
    next: &[
        ("./load.sh", "send it requests of every kind"),
        ("just status", "see how each part is"),
        ("just down", "stop it"),
    ],
};

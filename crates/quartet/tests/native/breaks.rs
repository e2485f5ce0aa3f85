//! Each break, and who must find it.

mod clocks;
mod configuration;
mod restart;
mod settings;

use crate::checkout::real;
use crate::said::Said;
use crate::stack::Stack;

#[derive(Clone, Copy)]
pub(crate) enum Test {
    /// On a stack that serves a whole group, and is mended behind it.
    Shared(fn(&mut Stack)),
    /// On a stack of its own.
    Alone(fn()),
}

/// Tests by their names, in the order in which they run.
pub(crate) type Group = &'static [(&'static str, Test)];

/// What runs at the same time.
pub(crate) const ALL: [Group; 4] = [OF_BACKENDS, OF_SERVICES, OF_CLOCKS, ALONE];

const OF_BACKENDS: Group = &[
    ("nothing_is_broken", Test::Shared(nothing_is_broken)),
    (
        "derived_field_misspelt",
        Test::Shared(configuration::derived_field_misspelt),
    ),
    (
        "profile_attribute_missing",
        Test::Shared(configuration::profile_attribute_missing),
    ),
    (
        "wrong_port_in_alloy",
        Test::Shared(configuration::wrong_port_in_alloy),
    ),
    ("loki_down", Test::Shared(loki_down)),
];

const OF_SERVICES: Group = &[
    (
        "wrong_port_in_services",
        Test::Shared(settings::wrong_port_in_services),
    ),
    ("profiles_are_off", Test::Shared(settings::profiles_are_off)),
    (
        "one_in_ten_is_sampled",
        Test::Shared(settings::one_in_ten_is_sampled),
    ),
];

/// For themselves: a store may keep what came from the future.
const OF_CLOCKS: Group = &[
    ("clock_ahead", Test::Shared(clocks::ahead)),
    ("clock_behind", Test::Shared(clocks::behind)),
    (
        "older_than_the_retention",
        Test::Shared(clocks::older_than_the_retention),
    ),
];

const ALONE: Group = &[
    (
        "scrape_label_missing",
        Test::Alone(configuration::scrape_label_missing),
    ),
    (
        "wrong_service_label_in_loki",
        Test::Alone(configuration::wrong_service_label_in_loki),
    ),
    ("a_restart_keeps_data", Test::Alone(restart::keeps_data)),
];

/// Links that start or end at lines.
const OF_LINES: &[&str] = &["log → trace", "trace → logs"];

fn nothing_is_broken(stack: &mut Stack) {
    stack.verify(&real(), Said::well);
    stack.doctor(Said::well);
}

fn loki_down(stack: &mut Stack) {
    stack.kill("loki");

    stack.verify(&real(), |said| {
        said.only_broken(OF_LINES, "does not answer")
    });
    stack.doctor(|said| said.both_lose("lines", "Alloy → Loki", "does not answer"));
}

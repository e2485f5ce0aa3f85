//! Each break, and who must find it.

mod clocks;
mod configuration;
mod restart;
mod settings;

use crate::checkout::real;
use crate::said::Said;
use crate::stack::Stack;

type Test = fn(&mut Stack);

/// The clocks are last: a store may keep what came from the future.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("nothing_is_broken", nothing_is_broken),
    (
        "derived_field_misspelt",
        configuration::derived_field_misspelt,
    ),
    (
        "profile_attribute_missing",
        configuration::profile_attribute_missing,
    ),
    ("wrong_port_in_alloy", configuration::wrong_port_in_alloy),
    ("scrape_label_missing", configuration::scrape_label_missing),
    (
        "wrong_service_label_in_loki",
        configuration::wrong_service_label_in_loki,
    ),
    ("loki_down", loki_down),
    ("wrong_port_in_services", settings::wrong_port_in_services),
    ("profiles_are_off", settings::profiles_are_off),
    ("one_in_ten_is_sampled", settings::one_in_ten_is_sampled),
    ("a_restart_keeps_data", restart::keeps_data),
    ("clock_ahead", clocks::ahead),
    ("clock_behind", clocks::behind),
    ("older_than_the_retention", clocks::older_than_the_retention),
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

//! Each break, and who must find it.

mod configuration;

use crate::checkout::real;
use crate::stack::Stack;

type Test = fn(&mut Stack);

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
    ("one_in_ten_is_sampled", one_in_ten_is_sampled),
];

/// Links that start or end at lines.
const OF_LINES: &[&str] = &["log → trace", "trace → logs"];

fn nothing_is_broken(stack: &mut Stack) {
    stack.verify(&real()).assert_well();
    stack.doctor().assert_well();
}

fn loki_down(stack: &mut Stack) {
    stack.kill("loki");

    let verify = stack.verify(&real());
    verify.assert_only_broken(OF_LINES, "does not answer");
    stack
        .doctor()
        .assert_lost("lines", "Alloy → Loki", "does not answer");
}

/// Nothing is lost: what was not sampled was not to be kept, and `verify` asks until one was. A link from the numbers
/// of all requests may find none that was.
fn one_in_ten_is_sampled(stack: &mut Stack) {
    for service in ["api", "fulfilment"] {
        stack.change(service, |origin| {
            origin
                .with("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
                .with("OTEL_TRACES_SAMPLER_ARG", "0.1")
        });
    }

    let verify = stack.verify(&real());
    for link in [
        "log → trace",
        "trace → logs",
        "log of what was not sampled: no link",
        "trace → metrics: rate, errors, p99",
        "trace → metrics: of a failure",
        "trace → profile",
        "profile → trace",
    ] {
        assert_eq!(verify.why(link), None, "{}", verify.text);
    }
    assert!(
        verify.text.contains("Not every request is sampled"),
        "{}",
        verify.text
    );
    assert!(
        verify.text.contains("log of what was not sampled: no link"),
        "{}",
        verify.text
    );
    let doctor = stack.doctor();
    doctor.assert_well();
    assert!(
        doctor.text.contains("OTEL_TRACES_SAMPLER"),
        "{}",
        doctor.text
    );
}

//! The services are told something else.

use crate::checkout::real;
use crate::stack::Stack;

const SERVICES: [&str; 2] = ["api", "fulfilment"];

/// They send spans where nobody listens.
pub(super) fn wrong_port_in_services(stack: &mut Stack) {
    tell(
        stack,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")],
    );

    stack.verify(&real(), |said| {
        said.broken(&["log → trace"], "Tempo has no")
    });
    stack.doctor(|said| {
        for service in SERVICES {
            said.loses(service, "spans", service, "could not get rid of")?;
            said.keeps(service, "profiles")?;
        }
        Ok(())
    });
}

pub(super) fn profiles_are_off(stack: &mut Stack) {
    tell(stack, &[("PYROSCOPE_SERVER_ADDRESS", "")]);

    stack.verify(&real(), |said| {
        said.only_broken(&["trace → profile"], "no attribute pyroscope.profile.id")
    });
    stack.doctor(|said| {
        for service in SERVICES {
            let reason = "PYROSCOPE_SERVER_ADDRESS is not set";
            said.loses(service, "profiles", service, reason)?;
        }
        Ok(())
    });
}

/// Nothing is lost: what was not sampled was not to be kept, and `verify` asks until one was. A link from the numbers
/// of all requests may find none that was.
pub(super) fn one_in_ten_is_sampled(stack: &mut Stack) {
    let a_tenth = [
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
    ];
    tell(stack, &a_tenth);

    let not_sampled = "log of what was not sampled: no link";
    stack.verify(&real(), |said| {
        said.mentions("Not every request is sampled")?;
        said.mentions(not_sampled)?;
        let links = [
            "log → trace",
            "trace → logs",
            not_sampled,
            "trace → metrics: rate, errors, p99",
            "trace → metrics: of a failure",
            "trace → profile",
            "profile → trace",
        ];
        links.iter().try_for_each(|link| said.holds(link))
    });
    stack.doctor(|said| {
        said.well()?;
        said.mentions("OTEL_TRACES_SAMPLER")
    });
}

/// Starts both services anew with these variables.
fn tell(stack: &mut Stack, variables: &[(&str, &str)]) {
    for service in SERVICES {
        stack.change(service, |origin| {
            let variables = variables.iter();
            variables.fold(origin, |origin, (name, value)| origin.with(name, value))
        });
    }
}

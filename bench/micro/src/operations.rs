//! What is counted.

use std::fmt::Write;
use std::hint::black_box;
use std::net::SocketAddr;

use opentelemetry::trace::{Span, Tracer};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use telemetry::metrics::REQUEST_SECONDS;
use telemetry::{Settings, Telemetry};

use crate::request;

/// How often an operation is done while it is counted.
pub(crate) const TIMES: usize = 500;
/// How often it is done before, so that caches are filled.
const WARM_UP: usize = 100;

pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) is_request: bool,
    pub(crate) run: fn(SocketAddr) -> anyhow::Result<()>,
}

pub(crate) const ALL: &[Operation] = &[
    Operation {
        name: "request-bare",
        is_request: true,
        run: |_| request::bare(),
    },
    Operation {
        name: "request-metrics",
        is_request: true,
        run: |_| request::observed(&telemetry(&[OFF, QUIET])?),
    },
    Operation {
        name: "request-lines",
        is_request: true,
        run: |_| request::observed(&telemetry(&[OFF])?),
    },
    Operation {
        name: "request-traces",
        is_request: true,
        run: |collector| request::observed(&telemetry(&[QUIET, ("", &at(collector))])?),
    },
    Operation {
        name: "request-all-100",
        is_request: true,
        run: |collector| request::observed(&telemetry(&[("", &at(collector))])?),
    },
    Operation {
        name: "request-all-10",
        is_request: true,
        run: |collector| request::observed(&telemetry(&[TENTH, ("", &at(collector))])?),
    },
    Operation {
        name: "line-of-an-event",
        is_request: false,
        run: |_| line_of_an_event(),
    },
    Operation {
        name: "span",
        is_request: false,
        run: |_| span(),
    },
    Operation {
        name: "span-of-tracing",
        is_request: false,
        run: |_| span_of_tracing(),
    },
    Operation {
        name: "observation",
        is_request: false,
        run: |_| observation(),
    },
    Operation {
        name: "exposition-of-500-series",
        is_request: false,
        run: |_| exposition(),
    },
];

const OFF: (&str, &str) = ("OTEL_TRACES_SAMPLER", "always_off");
const TENTH: (&str, &str) = ("OTEL_TRACES_SAMPLER_ARG", "0.1");
const QUIET: (&str, &str) = ("RUST_LOG", "info,access=off");

/// Does an operation often; the name is what callgrind counts within.
#[inline(never)]
fn counted_by_callgrind(operation: &mut dyn FnMut(), times: usize) {
    for _ in 0..times {
        operation();
    }
}

pub(crate) fn count(mut operation: impl FnMut()) {
    for _ in 0..WARM_UP {
        operation();
    }
    counted_by_callgrind(&mut operation, TIMES);
}

/// How often the operation is done altogether.
pub(crate) const fn calls() -> usize {
    WARM_UP + TIMES
}

fn at(collector: SocketAddr) -> String {
    format!("http://{collector}")
}

fn settings(variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
    let of = |wanted: &str| {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    };
    Ok(Settings::from_vars("micro", "0.0.0", &|name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => of(""),
        "OTEL_EXPORTER_OTLP_PROTOCOL" => Some("grpc".to_owned()),
        "OTEL_TRACES_SAMPLER" => of(name).or(Some("parentbased_traceidratio".to_owned())),
        name => of(name),
    })?)
}

fn telemetry(variables: &[(&str, &str)]) -> anyhow::Result<Telemetry> {
    Ok(Telemetry::detached(settings(variables)?)?)
}

fn line_of_an_event() -> anyhow::Result<()> {
    let _telemetry = telemetry::init(settings(&[])?)?;
    count(|| tracing::info!(item.id = 7, "found item 7"));
    Ok(())
}

fn span() -> anyhow::Result<()> {
    let telemetry = telemetry(&[])?;
    count(|| telemetry.tracer().start("work").end());
    Ok(())
}

fn span_of_tracing() -> anyhow::Result<()> {
    let _telemetry = telemetry::init(settings(&[])?)?;
    count(|| drop(tracing::info_span!("work", item.id = 7).entered()));
    Ok(())
}

fn observation() -> anyhow::Result<()> {
    let durations = HistogramWithExemplars::<[(&str, &str); 0]>::new(REQUEST_SECONDS.into_iter());
    count(|| durations.observe(black_box(0.003), None, None));
    Ok(())
}

fn exposition() -> anyhow::Result<()> {
    let telemetry = telemetry(&[])?;
    let new: fn() -> Histogram = || Histogram::new(REQUEST_SECONDS);
    let family = Family::<[(&str, String); 1], Histogram, _>::new_with_constructor(new);
    telemetry
        .metrics()
        .register("durations", "Durations", family.clone());
    for series in 0..500 {
        let mut name = String::new();
        write!(name, "/routes/{series}")?;
        family.get_or_create_owned(&[("route", name)]).observe(0.3);
    }
    count(|| {
        black_box(telemetry.metrics().expose("application/openmetrics-text")).ok();
    });
    Ok(())
}

//! What the console tells of itself. It makes no spans and no profiles, so that it does not feed itself.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::questions::status;
use crate::store::{Signal, Store, StoreStatus};

/// Reads the state of the store at each scrape.
#[derive(Debug)]
pub(crate) struct Measures(pub(crate) Store);

impl Collector for Measures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = status(&self.0);
        gauge(
            &mut encoder,
            "console_store_bytes",
            "Bytes that each ring takes.",
            &all,
            |of| of.bytes,
        )?;
        gauge(
            &mut encoder,
            "console_store_limit_bytes",
            "Bytes that each ring may take.",
            &all,
            |of| of.limit_bytes,
        )?;
        gauge(
            &mut encoder,
            "console_store_items",
            "Spans, lines, samples and stacks that are kept.",
            &all,
            |of| of.items,
        )?;
        counter(
            &mut encoder,
            "console_received_items",
            "Spans, lines, samples and stacks that came.",
            &all,
            |of| of.received,
        )?;
        counter(
            &mut encoder,
            "console_evicted_items",
            "What made room for newer things.",
            &all,
            |of| of.evicted,
        )?;
        counter(
            &mut encoder,
            "console_repeated_items",
            "What came again and was kept once.",
            &all,
            |of| of.repeated,
        )?;
        let kind = ConstCounter::new(0_u64).metric_type();
        let help = "Items, pushes and scrapes that were refused.";
        let mut family = encoder.encode_descriptor("console_refused", help, None, kind)?;
        for of in &all {
            for (reason, count) in &of.refused {
                let labels = [("signal", word(of.signal)), ("reason", reason.as_str())];
                ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    all: &[StoreStatus],
    value: impl Fn(&StoreStatus) -> usize,
) -> fmt::Result {
    let kind = ConstGauge::new(0_i64).metric_type();
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for of in all {
        let value = i64::try_from(value(of)).unwrap_or(i64::MAX);
        let labels = [("signal", word(of.signal))];
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    all: &[StoreStatus],
    value: impl Fn(&StoreStatus) -> u64,
) -> fmt::Result {
    let kind = ConstCounter::new(0_u64).metric_type();
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for of in all {
        let labels = [("signal", word(of.signal))];
        ConstCounter::new(value(of)).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn word(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "traces",
        Signal::Logs => "logs",
        Signal::Metrics => "metrics",
        Signal::Profiles => "profiles",
    }
}

//! Asks every hop for its counts.

use anyhow::{Context, Result};

use super::counters::Counters;
use super::explain::{listed, with_settings};
use super::facts::{Facts, Signal};
use super::growth::{self, Pair};
use super::held::{held, known};
use super::probe::Probe;
use crate::parts::Mode;
use crate::plan;
use crate::project::Project;
use crate::stores::http::Address;
use crate::stores::{Stores, metrics};
use crate::verify::now_ms;

const SERVICES: [&str; 2] = ["api", "fulfilment"];

/// Everything that signals go through.
#[derive(Debug)]
pub(crate) struct Hops {
    pub(crate) api: Address,
    operations: [Address; 2],
    collector: Option<Address>,
    stores: Option<Stores>,
}

/// What everybody counts at one moment, or why they do not say.
#[derive(Debug)]
pub(crate) struct Reading {
    services: [Result<Counters, String>; 2],
    collector: Result<Counters, String>,
    /// In the order of [`Signal::ALL`].
    stores: [Result<Counters, String>; 4],
}

impl Hops {
    pub(crate) fn of(mode: Mode, project: &Project) -> Result<Self> {
        let variables = plan::variables(mode, project)?;
        let at = |name: &str| -> Result<Address> {
            Ok(Address::open(
                &variables.expand(&format!("http://${{{name}}}"))?,
            ))
        };
        let collected = mode == Mode::Native;
        let collector = match collected {
            true => {
                let url = variables
                    .get("ALLOY_URL")
                    .context("no variable ALLOY_URL")?;
                Some(Address::open(url))
            }
            false => None,
        };
        Ok(Self {
            api: at("QUARTET_API_HTTP_ADDRESS")?,
            operations: [
                at("QUARTET_API_OPERATIONS_ADDRESS")?,
                at("QUARTET_FULFILMENT_OPERATIONS_ADDRESS")?,
            ],
            collector,
            stores: collected.then(|| Stores::native(&variables)).transpose()?,
        })
    }

    pub(crate) fn read(&self) -> Reading {
        let none = || Err("there is none".to_owned());
        let collector = self.collector.as_ref();
        let stores = self.stores.as_ref();
        Reading {
            services: self.operations.each_ref().map(counters),
            collector: collector.map_or_else(none, counters),
            stores: Signal::ALL
                .map(|signal| stores.map_or_else(none, |stores| counters(address(stores, signal)))),
        }
    }

    /// What was lost before, since each program started, in sentences.
    pub(crate) fn earlier(&self, reading: &Reading) -> Vec<String> {
        let mut sentences = Vec::new();
        for signal in Signal::ALL {
            for (service, counters) in SERVICES.iter().zip(&reading.services) {
                let dropped = growth::dropped(&Pair::since_start(counters), signal);
                if !dropped.is_empty() {
                    let word = signal.word();
                    sentences.push(format!(
                        "{service} could not get rid of {word}: {}",
                        listed(&dropped)
                    ));
                }
            }
            let failed = growth::failed(&Pair::since_start(&reading.collector), signal);
            if failed > 0.0 {
                sentences.push(format!("Alloy gave up {failed:.0} {}", signal.word()));
            }
            let store = &reading.stores[signal as usize];
            let discarded = growth::discarded(&Pair::since_start(store), signal);
            if !discarded.is_empty() {
                sentences.push(format!(
                    "{} discarded {}",
                    signal.store(),
                    with_settings(&discarded)
                ));
            }
        }
        sentences
    }

    /// What is known of each signal of each service, from two readings and what the stores hold.
    pub(crate) fn facts(&self, before: &Reading, after: &Reading, probe: &Probe) -> Vec<Facts> {
        let services = SERVICES.iter().enumerate();
        services
            .flat_map(|(index, service)| {
                Signal::ALL
                    .map(|signal| self.facts_of(index, service, signal, before, after, probe))
            })
            .collect()
    }

    /// Whether Alloy says so of this service; its own counters are of all targets together.
    fn scrapes_fail(&self, service: &str) -> bool {
        let query = format!("max(up{{job=\"service\", service_name=\"{service}\"}})");
        let answer = self
            .stores
            .as_ref()
            .map(|stores| metrics::instant(&stores.metrics, &query));
        let Some(Ok(series)) = answer else {
            return false;
        };
        series
            .first()
            .and_then(|series| series.last())
            .is_some_and(|(_, up)| up == 0.0)
    }

    fn facts_of(
        &self,
        index: usize,
        service: &'static str,
        signal: Signal,
        before: &Reading,
        after: &Reading,
        probe: &Probe,
    ) -> Facts {
        let own = Pair::of(&before.services[index], &after.services[index]);
        let collector = Pair::of(&before.collector, &after.collector);
        let store = &after.stores[signal as usize];
        let kept = Pair::of(&before.stores[signal as usize], store);
        let (held, store_silent) = match &self.stores {
            Some(stores) => match held(stores, service, signal, probe) {
                Ok(held) => (held, None),
                Err(error) => (0.0, Some(error.to_string())),
            },
            None => (0.0, None),
        };
        let known = self.stores.as_ref().map(|stores| known(stores, signal));
        Facts {
            service,
            signal,
            collected: self.stores.is_some(),
            service_silent: after.services[index].as_ref().err().cloned(),
            made: growth::made(&own, signal),
            dropped: growth::dropped(&own, signal),
            left: growth::left(&own, signal),
            collector_silent: after.collector.as_ref().err().cloned(),
            taken: match signal {
                Signal::Metrics if self.scrapes_fail(service) => Some(0.0),
                signal => growth::taken(&collector, service, signal),
            },
            refused: growth::refused(&collector, signal),
            forwarded: growth::forwarded(&collector, signal),
            failed: growth::failed(&collector, signal),
            store_silent,
            discarded: growth::discarded(&kept, signal),
            held,
            known: known.unwrap_or_default(),
            clock: clock(&self.operations[index]),
            sampled: probe.sampled(),
            labelled: own
                .now("telemetry_profile_span_labels")
                .is_none_or(|value| value > 0.0),
        }
    }
}

/// How far the clock of a program is ahead of ours, by the date of an answer.
fn clock(address: &Address) -> Option<i64> {
    let there = address.date("/health/ready").ok()??;
    Some(there - now_ms() / 1000)
}

fn address(stores: &Stores, signal: Signal) -> &Address {
    match signal {
        Signal::Metrics => &stores.metrics,
        Signal::Lines => &stores.lines,
        Signal::Spans => &stores.traces,
        Signal::Profiles => &stores.flames,
    }
}

fn counters(address: &Address) -> Result<Counters, String> {
    let text = address
        .text("/metrics", "text/plain")
        .map_err(|error| error.to_string())?;
    Ok(Counters::new(text))
}

//! Asks every hop for its counts.

use std::time::Duration;

use anyhow::{Context, Result};

use super::counters::Counters;
use super::explain::{listed, with_advice};
use super::facts::{Facts, Signal};
use super::growth::{self, Pair};
use super::held::{held, known};
use super::past;
use super::probe::Probe;
use crate::parts::Mode;
use crate::plan;
use crate::project::Project;
use crate::root::Root;
use crate::stores::console::Console;
use crate::stores::http::Address;
use crate::stores::keeper::Keeper;
use crate::stores::{Stores, metrics};
use crate::verify::now_ms;

const SERVICES: [&str; 2] = ["api", "fulfilment"];
/// Numbers that a program has at hand: one that takes longer hangs.
const COUNTING: Duration = Duration::from_secs(5);

/// Everything that signals go through.
#[derive(Debug)]
pub(crate) struct Hops {
    pub(crate) api: Address,
    operations: [Address; 2],
    /// Alloy; or where the console, which stands in its place, serves its operators.
    receiver: Address,
    keeper: Keeper,
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
    pub(crate) fn of(mode: Mode, root: &Root, project: &Project) -> Result<Self> {
        let variables = plan::variables(mode, project)?;
        let at = |name| variables.url(name).map(|url| Address::open(&url));
        let (receiver, keeper) = match mode {
            Mode::Native => {
                let url = variables.get("ALLOY_URL");
                let stores = Stores::native(&variables)?;
                (
                    Address::open(url.context("no variable ALLOY_URL")?),
                    Keeper::Backends(Box::new(stores)),
                )
            }
            Mode::Embedded => (
                at("QUARTET_CONSOLE_OPERATIONS_ADDRESS")?,
                Keeper::Console(Console::embedded(root, &variables)?),
            ),
        };
        Ok(Self {
            api: at("QUARTET_API_HTTP_ADDRESS")?,
            operations: [
                at("QUARTET_API_OPERATIONS_ADDRESS")?,
                at("QUARTET_FULFILMENT_OPERATIONS_ADDRESS")?,
            ],
            receiver,
            keeper,
        })
    }

    pub(crate) fn read(&self) -> Reading {
        let services = self.operations.each_ref().map(counters);
        let receiver = counters(&self.receiver);
        match &self.keeper {
            Keeper::Backends(stores) => Reading {
                services,
                collector: receiver,
                stores: Signal::ALL.map(|signal| counters(store(stores, signal))),
            },
            Keeper::Console(_) => Reading {
                services,
                collector: Err("there is none".to_owned()),
                stores: Signal::ALL.map(|_| receiver.clone()),
            },
        }
    }

    /// What was lost before, since each program started and in the last hour, in sentences.
    pub(crate) fn earlier(&self, reading: &Reading) -> Vec<String> {
        let mut sentences = Vec::new();
        for signal in Signal::ALL {
            for (service, counters) in SERVICES.iter().zip(&reading.services) {
                let dropped = growth::dropped(&Pair::since_start(counters), signal);
                if !dropped.is_empty() {
                    let word = signal.word();
                    sentences.push(format!(
                        "since it started, {service} could not get rid of {word}: {}",
                        listed(&dropped)
                    ));
                }
            }
            let failed = growth::failed(&Pair::since_start(&reading.collector), signal);
            if !failed.is_empty() {
                sentences.push(format!(
                    "since it started, Alloy gave up {}: {}",
                    signal.word(),
                    with_advice(&failed)
                ));
            }
            let kept = Pair::since_start(&reading.stores[signal as usize]);
            let discarded = self.discarded(&kept, signal);
            if !discarded.is_empty() {
                let (word, why) = (signal.word(), with_advice(&discarded));
                sentences.push(match &self.keeper {
                    Keeper::Backends(_) => {
                        format!("since it started, {} discarded {why}", signal.store())
                    }
                    Keeper::Console(_) => {
                        format!("since it started, the console refused {word}: {why}")
                    }
                });
            }
        }
        if let Keeper::Backends(stores) = &self.keeper
            && reading.stores[Signal::Metrics as usize].is_ok()
        {
            sentences.extend(past::told(&stores.metrics));
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
        // Who does not even count keeps its askers waiting.
        let asked = store.as_ref().map_err(String::clone).and_then(|_| {
            held(&self.keeper, service, signal, probe).map_err(|error| error.to_string())
        });
        let (held, store_silent) = match asked {
            Ok(held) => (held, None),
            Err(reason) => (0.0, Some(reason)),
        };
        Facts {
            service,
            signal,
            viewed: matches!(self.keeper, Keeper::Console(_)),
            service_silent: after.services[index].as_ref().err().cloned(),
            made: growth::made(&own, signal),
            dropped: growth::dropped(&own, signal),
            left: growth::left(&own, signal),
            collector_silent: after.collector.as_ref().err().cloned(),
            taken: match &self.keeper {
                Keeper::Backends(stores)
                    if signal == Signal::Metrics
                        && store.is_ok()
                        && scrapes_fail(stores, service) =>
                {
                    Some(0.0)
                }
                Keeper::Backends(_) => growth::taken(&collector, service, signal),
                Keeper::Console(_) => growth::received(&kept, signal),
            },
            refused: growth::refused(&collector, signal),
            forwarded: growth::forwarded(&collector, signal),
            failed: growth::failed(&collector, signal),
            missing: (store_silent.is_none() && held == 0.0)
                .then(|| self.missing(service, signal))
                .flatten(),
            store_silent,
            discarded: self.discarded(&kept, signal),
            held,
            known: match store {
                Ok(_) => self.known(signal),
                Err(_) => Vec::new(),
            },
            clock: clock(&self.operations[index]),
            sampled: probe.sampled(),
            labelled: own
                .now("telemetry_profile_span_labels")
                .is_none_or(|value| value > 0.0),
        }
    }

    fn discarded(&self, kept: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
        match &self.keeper {
            Keeper::Backends(_) => growth::discarded(kept, signal),
            Keeper::Console(_) => growth::refused_there(kept, signal),
        }
    }

    /// Why the console has none of it.
    fn missing(&self, service: &str, signal: Signal) -> Option<String> {
        match &self.keeper {
            Keeper::Backends(_) => None,
            Keeper::Console(console) => {
                console.missing(service, signal.in_console()).ok().flatten()
            }
        }
    }

    /// The names of services that the store knows, where it can be asked.
    fn known(&self, signal: Signal) -> Vec<String> {
        match &self.keeper {
            Keeper::Backends(stores) => known(stores, signal),
            Keeper::Console(_) => Vec::new(),
        }
    }
}

/// Whether Alloy says so of this service; its own counters are of all targets together.
fn scrapes_fail(stores: &Stores, service: &str) -> bool {
    let query = format!("max(up{{job=\"service\", service_name=\"{service}\"}})");
    let Ok(series) = metrics::instant(&stores.metrics, &query) else {
        return false;
    };
    series
        .first()
        .and_then(|series| series.last())
        .is_some_and(|(_, up)| up == 0.0)
}

/// How far the clock of a program is ahead of ours, by the date of an answer.
fn clock(address: &Address) -> Option<i64> {
    let there = address.date("/health/ready").ok()??;
    Some(there - now_ms() / 1000)
}

fn store(stores: &Stores, signal: Signal) -> &Address {
    match signal {
        Signal::Metrics => &stores.metrics,
        Signal::Lines => &stores.lines,
        Signal::Spans => &stores.traces,
        Signal::Profiles => &stores.flames,
    }
}

fn counters(address: &Address) -> Result<Counters, String> {
    let text = address
        .within(COUNTING)
        .text("/metrics", "text/plain")
        .map_err(|error| error.to_string())?;
    Ok(Counters::new(text))
}

//! Asks every hop for its counts.

use std::time::Duration;

use anyhow::{Context, Result};

use super::counters::Counters;
use super::facts::{Facts, Signal};
use super::probe::Probe;
use crate::links::range::Range;
use crate::parts::Mode;
use crate::plan;
use crate::project::Project;
use crate::stores::http::{Address, Error};
use crate::stores::{Stores, flames, lines, metrics, traces};
use crate::verify::now_ms;

const SERVICES: [&str; 2] = ["api", "fulfilment"];
/// What the flame graphs are made of.
const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
/// How far around now the stores are asked: a clock that is an hour off must not hide what they hold.
const AROUND: Duration = Duration::from_secs(2 * 3600);
/// Metrics without a sample in this time are not scraped any more, in either timing.
const NEWEST: &str = "60s";

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
            made: made(&own, signal),
            dropped: dropped(&own, signal),
            left: left(&own, signal),
            collector_silent: after.collector.as_ref().err().cloned(),
            taken: match signal {
                Signal::Metrics if self.scrapes_fail(service) => Some(0.0),
                signal => taken(&collector, service, signal),
            },
            refused: refused(&collector, signal),
            forwarded: forwarded(&collector, signal),
            failed: failed(&collector, signal),
            store_silent,
            discarded: discarded(&kept, signal),
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

/// One program's counters at two moments.
struct Pair<'a> {
    before: Option<&'a Counters>,
    after: Option<&'a Counters>,
}

impl<'a> Pair<'a> {
    fn of<E>(before: &'a Result<Counters, E>, after: &'a Result<Counters, E>) -> Self {
        Self {
            before: before.as_ref().ok(),
            after: after.as_ref().ok(),
        }
    }

    fn now(&self, name: &str) -> Option<f64> {
        self.after?.sum(name, &[])
    }

    /// How much was counted in between; none if nobody counts it. A program that started anew counts from zero.
    fn grown(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let after = self.after?.sum(name, labels)?;
        let before = self.before.and_then(|before| before.sum(name, labels));
        Some(match before {
            Some(before) if before <= after => after - before,
            _ => after,
        })
    }

    /// What grew in between, by a label that says why.
    fn reasons(&self, name: &str, label: &str) -> Vec<(String, f64)> {
        let after = self
            .after
            .map(|after| after.by(name, label))
            .unwrap_or_default();
        let mut grown: Vec<(String, f64)> = Vec::new();
        for (reason, _) in after {
            let exact = format!("{label}=\"{reason}\"");
            let count = self.grown(name, &[&exact]).unwrap_or(0.0);
            if !reason.is_empty() && count > 0.0 && !grown.iter().any(|(known, _)| *known == reason)
            {
                grown.push((reason, count));
            }
        }
        grown
    }
}

fn made(own: &Pair<'_>, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Metrics => own.after.map(|_| 1.0),
        Signal::Lines => own.grown("telemetry_log_lines_written_total", &[]),
        Signal::Spans => own.grown("otel_sdk_processor_span_processed_total", &[WELL]),
        Signal::Profiles => own.grown("telemetry_profile_samples_taken_total", &[]),
    }
}

/// The label of what went well.
const WELL: &str = "error_type=\"\"";

fn dropped(own: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
    match signal {
        Signal::Metrics => Vec::new(),
        Signal::Lines => own.reasons("telemetry_log_lines_dropped_total", "reason"),
        Signal::Spans => {
            let mut all = own.reasons("otel_sdk_processor_span_processed_total", "error_type");
            all.extend(own.reasons("otel_sdk_exporter_span_exported_total", "error_type"));
            all
        }
        Signal::Profiles => {
            let mut all = own.reasons("telemetry_profile_samples_dropped_total", "reason");
            all.extend(own.reasons("telemetry_profiles_pushed_total", "error_type"));
            all
        }
    }
}

fn left(own: &Pair<'_>, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Metrics | Signal::Lines => made(own, signal),
        Signal::Spans => own.grown("otel_sdk_exporter_span_exported_total", &[WELL]),
        Signal::Profiles => own.grown("telemetry_profiles_pushed_total", &[WELL]),
    }
}

fn taken(collector: &Pair<'_>, service: &str, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Metrics => collector.grown(
            "prometheus_forwarded_samples_total",
            &["prometheus.scrape.targets"],
        ),
        Signal::Lines => collector.grown(
            "loki_source_file_read_lines_total",
            &[&format!("/{service}.log\"")],
        ),
        Signal::Spans => collector.grown("otelcol_receiver_accepted_spans_total", &[]),
        Signal::Profiles => collector.grown(
            "pyroscope_receive_http_request_duration_seconds_count",
            &["status_code=\"200\""],
        ),
    }
}

fn refused(collector: &Pair<'_>, signal: Signal) -> f64 {
    match signal {
        Signal::Spans => collector.grown("otelcol_receiver_refused_spans_total", &[]),
        Signal::Metrics | Signal::Lines | Signal::Profiles => None,
    }
    .unwrap_or(0.0)
}

fn forwarded(collector: &Pair<'_>, signal: Signal) -> Option<f64> {
    let name = match signal {
        Signal::Metrics => "prometheus_remote_storage_samples_total",
        Signal::Lines => "loki_write_sent_entries_total",
        Signal::Spans => "otelcol_exporter_sent_spans_total",
        Signal::Profiles => "pyroscope_write_sent_profiles_total",
    };
    collector.grown(name, &[])
}

fn failed(collector: &Pair<'_>, signal: Signal) -> f64 {
    let names: &[&str] = match signal {
        Signal::Metrics => &[
            "prometheus_remote_storage_samples_failed_total",
            "prometheus_remote_storage_samples_dropped_total",
        ],
        Signal::Lines => &["loki_write_dropped_entries_total"],
        Signal::Spans => &[
            "otelcol_exporter_send_failed_spans_total",
            "otelcol_exporter_enqueue_failed_spans_total",
        ],
        Signal::Profiles => &["pyroscope_write_dropped_profiles_total"],
    };
    names
        .iter()
        .filter_map(|name| collector.grown(name, &[]))
        .sum()
}

fn discarded(store: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
    let name = match signal {
        Signal::Metrics => "vm_rows_ignored_total",
        Signal::Lines => "loki_discarded_samples_total",
        Signal::Spans => "tempo_discarded_spans_total",
        Signal::Profiles => "pyroscope_discarded_samples_total",
    };
    store.reasons(name, "reason")
}

/// How much the store has of our own requests; of profiles and metrics, of that time.
fn held(stores: &Stores, service: &str, signal: Signal, probe: &Probe) -> Result<f64, Error> {
    let range = around();
    match signal {
        Signal::Metrics => {
            // What Alloy says of a scrape is there also when nothing could be scraped.
            let query = format!(
                "count(count_over_time({{service_name=\"{service}\", __name__!~\"up|scrape_.+\"}}[{NEWEST}]))"
            );
            let series = metrics::instant(&stores.metrics, &query)?;
            Ok(series
                .first()
                .and_then(|series| series.last())
                .map_or(0.0, |(_, count)| count))
        }
        Signal::Lines => {
            let Some(trace) = probe.traces.iter().rev().find(|trace| trace.order) else {
                return Ok(0.0);
            };
            let query = format!("{{service_name=\"{service}\"}} |= \"{}\"", trace.id);
            Ok(lines::matching(&stores.lines, &query, range)?.len() as f64)
        }
        Signal::Spans => {
            let mut traces = probe.traces.iter().rev().filter(|trace| trace.sampled);
            // Only what went through both has spans of both.
            let Some(trace) = traces.find(|trace| trace.order || service == "api") else {
                return Ok(0.0);
            };
            let spans = traces::spans(&stores.traces, &trace.id)?;
            let own = spans.iter().filter(|span| span.service() == Some(service));
            Ok(own.count() as f64)
        }
        Signal::Profiles => {
            let selector = format!("{{service_name=\"{service}\"}}");
            let found = flames::of_series(&stores.flames, CPU, &selector, range)?;
            // In samples of a hundredth of a second.
            Ok((found.total / 10_000_000) as f64)
        }
    }
}

/// The names of services that a store has.
fn known(stores: &Stores, signal: Signal) -> Vec<String> {
    let range = around();
    match signal {
        Signal::Metrics => metrics::label_values(
            &stores.metrics,
            "up{job=\"service\"}",
            "service_name",
            range,
        ),
        Signal::Lines => lines::label_values(&stores.lines, "service_name", range),
        Signal::Spans => Ok(Vec::new()),
        Signal::Profiles => flames::label_values(&stores.flames, "service_name", range),
    }
    .unwrap_or_default()
}

/// How far the clock of a program is ahead of ours, by the date of an answer.
fn clock(address: &Address) -> Option<i64> {
    let there = address.date("/health/ready").ok()??;
    Some(there - now_ms() / 1000)
}

fn around() -> Range {
    let now = now_ms();
    let reach = i64::try_from(AROUND.as_millis()).unwrap_or(0);
    Range {
        from_ms: now - reach,
        to_ms: now + reach,
    }
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

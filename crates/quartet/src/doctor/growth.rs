//! What services, the collector and the stores counted between two readings, by the names of their metrics.

use super::counters::Counters;
use super::facts::Signal;

/// One program's counters at two moments.
pub(super) struct Pair<'a> {
    before: Option<&'a Counters>,
    after: Option<&'a Counters>,
}

impl<'a> Pair<'a> {
    /// All that was counted since the program started.
    pub(super) fn since_start<E>(counters: &'a Result<Counters, E>) -> Self {
        Self {
            before: None,
            after: counters.as_ref().ok(),
        }
    }

    pub(super) fn of<E>(before: &'a Result<Counters, E>, after: &'a Result<Counters, E>) -> Self {
        Self {
            before: before.as_ref().ok(),
            after: after.as_ref().ok(),
        }
    }

    pub(super) fn now(&self, name: &str) -> Option<f64> {
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
        self.reasons_of(name, label, &[])
    }

    /// The same of series with these labels.
    fn reasons_of(&self, name: &str, label: &str, labels: &[&str]) -> Vec<(String, f64)> {
        let after = self
            .after
            .map(|after| after.by(name, label))
            .unwrap_or_default();
        let mut grown: Vec<(String, f64)> = Vec::new();
        for (reason, _) in after {
            let exact = format!("{label}=\"{reason}\"");
            let labels = [labels, &[exact.as_str()]].concat();
            let count = self.grown(name, &labels).unwrap_or(0.0);
            if !reason.is_empty() && count > 0.0 && !grown.iter().any(|(known, _)| *known == reason)
            {
                grown.push((reason, count));
            }
        }
        grown
    }
}

pub(super) fn made(own: &Pair<'_>, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Metrics => own.after.map(|_| 1.0),
        Signal::Lines => own.grown("telemetry_log_lines_written_total", &[]),
        Signal::Spans => own.grown("otel_sdk_processor_span_processed_total", &[WELL]),
        Signal::Profiles => own.grown("telemetry_profile_samples_taken_total", &[]),
    }
}

/// The label of what went well.
const WELL: &str = "error_type=\"\"";

pub(super) fn dropped(own: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
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

pub(super) fn left(own: &Pair<'_>, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Metrics | Signal::Lines => made(own, signal),
        Signal::Spans => own.grown("otel_sdk_exporter_span_exported_total", &[WELL]),
        Signal::Profiles => own.grown("telemetry_profiles_pushed_total", &[WELL]),
    }
}

pub(super) fn taken(collector: &Pair<'_>, service: &str, signal: Signal) -> Option<f64> {
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

pub(super) fn refused(collector: &Pair<'_>, signal: Signal) -> f64 {
    match signal {
        Signal::Spans => collector.grown("otelcol_receiver_refused_spans_total", &[]),
        Signal::Metrics | Signal::Lines | Signal::Profiles => None,
    }
    .unwrap_or(0.0)
}

pub(super) fn forwarded(collector: &Pair<'_>, signal: Signal) -> Option<f64> {
    let name = match signal {
        Signal::Metrics => "prometheus_remote_storage_samples_total",
        Signal::Lines => "loki_write_sent_entries_total",
        Signal::Spans => "otelcol_exporter_sent_spans_total",
        Signal::Profiles => "pyroscope_write_sent_profiles_total",
    };
    collector.grown(name, &[])
}

/// What the collector gave up, with its words for why where it has some.
pub(super) fn failed(collector: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
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
    let of = |name: &&str| {
        let reasons = collector.reasons(name, "reason");
        if !reasons.is_empty() {
            return reasons;
        }
        let count = collector.grown(name, &[]).filter(|count| 0.0 < *count);
        count
            .map(|count| (String::new(), count))
            .into_iter()
            .collect()
    };
    names.iter().flat_map(of).collect()
}

pub(super) fn discarded(store: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
    let name = match signal {
        Signal::Metrics => "vm_rows_ignored_total",
        Signal::Lines => "loki_discarded_samples_total",
        Signal::Spans => "tempo_discarded_spans_total",
        Signal::Profiles => "pyroscope_discarded_samples_total",
    };
    store.reasons(name, "reason")
}

/// What came to the console, of all services together.
pub(super) fn received(console: &Pair<'_>, signal: Signal) -> Option<f64> {
    console.grown("console_received_items_total", &[&of(signal)])
}

/// What the console would not have, of all services together.
pub(super) fn refused_there(console: &Pair<'_>, signal: Signal) -> Vec<(String, f64)> {
    console.reasons_of("console_refused_total", "reason", &[&of(signal)])
}

fn of(signal: Signal) -> String {
    format!("signal=\"{}\"", signal.in_console())
}

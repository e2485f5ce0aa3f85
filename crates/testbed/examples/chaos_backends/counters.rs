//! What the programs themselves count as lost.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::ensure;
use testbed::http::Connection;

use crate::stack::Stack;

const PATIENCE: Duration = Duration::from_secs(3);

/// Who counts, where it is asked, and what grows when something is lost. A label that must not be empty says why.
const COUNTERS: &[(&str, &str, &[&str])] = &[
    ("api", "QUARTET_API_OPERATIONS_ADDRESS", OF_SERVICES),
    (
        "fulfilment",
        "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
        OF_SERVICES,
    ),
    ("Alloy", "ALLOY_HTTP_PORT", OF_ALLOY),
    ("Loki", "LOKI_HTTP_PORT", &["loki_discarded_samples_total"]),
    ("Tempo", "TEMPO_HTTP_PORT", &["tempo_discarded_spans_total"]),
    (
        "Pyroscope",
        "PYROSCOPE_HTTP_PORT",
        &["pyroscope_discarded_samples_total"],
    ),
    (
        "VictoriaMetrics",
        "VICTORIAMETRICS_LISTEN",
        &["vm_rows_ignored_total"],
    ),
    ("vmalert", "VMALERT_LISTEN", OF_VMALERT),
];

const OF_SERVICES: &[&str] = &[
    "telemetry_log_lines_dropped_total",
    "otel_sdk_processor_span_processed_total",
    "otel_sdk_exporter_span_exported_total",
    "telemetry_profile_samples_dropped_total",
    "telemetry_profiles_pushed_total",
];

const OF_ALLOY: &[&str] = &[
    "loki_write_dropped_entries_total",
    "otelcol_exporter_send_failed_spans_total",
    "otelcol_exporter_enqueue_failed_spans_total",
    "otelcol_receiver_refused_spans_total",
    "prometheus_remote_storage_samples_failed_total",
    "prometheus_remote_storage_samples_dropped_total",
    "prometheus_tsdb_wal_writes_failed_total",
    "pyroscope_write_dropped_profiles_total",
];

const OF_VMALERT: &[&str] = &[
    "vmalert_alerts_send_errors_total",
    "vmalert_remotewrite_dropped_rows_total",
    "vmalert_execution_errors_total",
];

/// By who counts, and the counter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(BTreeMap<(&'static str, &'static str), f64>);

impl Counters {
    /// What everybody counts now. Who does not answer counts nothing.
    pub(crate) fn read(stack: &Stack) -> Self {
        let mut counts = BTreeMap::new();
        for (who, address, names) in COUNTERS {
            let exposition = exposition(stack.address(address)).unwrap_or_default();
            for name in *names {
                counts.insert((*who, *name), sum(&exposition, name));
            }
        }
        Self(counts)
    }

    /// What grew since then. Who was started anew counts from zero.
    pub(crate) fn since(&self, before: &Self) -> Vec<(&'static str, &'static str, f64)> {
        let grown = self.0.iter().filter_map(|((who, name), after)| {
            let before = before
                .0
                .get(&(*who, *name))
                .filter(|before| *before <= after);
            let grown = after - before.copied().unwrap_or(0.0);
            (0.0 < grown).then_some((*who, *name, grown))
        });
        grown.collect()
    }
}

fn exposition(address: SocketAddr) -> anyhow::Result<String> {
    let mut connection = Connection::open(address)?.patience(PATIENCE);
    let answer = connection.send("GET", "/metrics", &[("Accept", "text/plain")], b"")?;
    ensure!(answer.status == 200, "answered {}", answer.status);
    Ok(String::from_utf8(answer.body)?)
}

/// All series of a name but those whose label says that nothing went wrong.
fn sum(exposition: &str, name: &str) -> f64 {
    let lines = exposition
        .lines()
        .filter(|line| !line.contains("error_type=\"\""));
    let values = lines.filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let value = match rest.strip_prefix('{') {
            Some(labelled) => labelled.rsplit_once("} ")?.1,
            None => rest.strip_prefix(' ')?,
        };
        value.split(' ').next()?.parse::<f64>().ok()
    });
    values.sum()
}

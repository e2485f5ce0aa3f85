//! The scraper of the server's metrics.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

const INTERVAL: Duration = Duration::from_secs(1);

/// Scrapes every second until it is stopped.
pub(crate) struct Scraper {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<anyhow::Result<u64>>,
}

impl Scraper {
    pub(crate) fn start(address: SocketAddr) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut scrapes = 0;
            while stopped.recv_timeout(INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                once(address)?;
                scrapes += 1;
            }
            Ok(scrapes)
        });
        Self { stop, thread }
    }

    /// How often it has scraped.
    pub(crate) fn stop(self) -> anyhow::Result<u64> {
        drop(self.stop);
        match self.thread.join() {
            Ok(outcome) => outcome.context("a scrape failed"),
            Err(_) => bail!("the scraper panicked"),
        }
    }
}

/// The metrics of now.
pub(crate) fn once(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Accept: application/openmetrics-text; version=1.0.0\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.lines().next().unwrap_or_default();
    ensure!(
        status.starts_with("HTTP/1.1 200"),
        "metrics were answered with: {status}"
    );
    Ok(answer)
}

/// The series of `metrics` that count what was lost, where they are not 0.
pub(crate) fn losses(metrics: &str) -> Vec<&str> {
    let counts_losses = |series: &str| {
        let is_error = series.contains("error_type=\"") && !series.contains("error_type=\"\"");
        let is_own = series.starts_with("otel_sdk_") || series.starts_with("telemetry_");
        series.contains("dropped") || (is_own && is_error)
    };
    metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some((line, line.rsplit_once(' ')?)))
        .filter(|(_, (series, value))| counts_losses(series) && value.parse() != Ok(0.0))
        .map(|(line, _)| line)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_counters_of_what_was_lost_are_losses() {
        let metrics = "# HELP lines_dropped_total Lines.\n\
            lines_dropped_total{reason=\"full\"} 0\n\
            lines_dropped_total{reason=\"failed\"} 2\n\
            otel_sdk_processor_span_processed_total{error_type=\"\"} 7\n\
            otel_sdk_processor_span_processed_total{error_type=\"queue_full\"} 3\n\
            http_server_request_duration_seconds_count{error_type=\"500\"} 1\n";

        assert_eq!(
            super::losses(metrics),
            [
                "lines_dropped_total{reason=\"failed\"} 2",
                "otel_sdk_processor_span_processed_total{error_type=\"queue_full\"} 3"
            ]
        );
    }
}

//! Metrics fetched from operations ports, exemplars included.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use wire::openmetrics::{Exposition, Family, Format, Kind, Sample as Scraped, parse};

use super::{Intake, metrics};
use crate::settings::Sources;
use crate::store::series::{KeptExemplar, NewSample, Sample};
use crate::store::{FamilyKind, Labels, Signal, id};

/// How long an operations port has to answer.
const PATIENCE: Duration = Duration::from_secs(2);
const ACCEPT: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// The thread that fetches.
pub(super) struct Scraping {
    stop: Sender<()>,
}

impl Scraping {
    /// Fetches from all targets, at once and then at each interval.
    pub(super) fn start(sources: &Sources, intake: Intake) -> io::Result<Self> {
        let targets = sources.scrape.clone();
        let interval = sources.scrape_interval;
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("scrape".to_owned());
        thread.spawn(move || fetch(&targets, interval, &intake, &stopped))?;
        Ok(Self { stop })
    }

    /// Lets the thread end by itself: it may be waiting for an answer that nobody needs any more.
    pub(super) fn stop(self) {
        drop(self.stop);
    }
}

fn fetch(
    targets: &[(String, String)],
    interval: Duration,
    intake: &Intake,
    stopped: &Receiver<()>,
) {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .build(),
    );
    let mut next = Instant::now();
    loop {
        for (service, address) in targets {
            let outcome = scrape(&agent, service, address, intake);
            intake.note_scrape(service, address, outcome);
        }
        next = (next + interval).max(Instant::now());
        let pause = next.saturating_duration_since(Instant::now());
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn scrape(
    agent: &ureq::Agent,
    service: &str,
    address: &str,
    intake: &Intake,
) -> Result<(), String> {
    let url = format!("http://{address}/metrics");
    let answer = agent.get(&url).header("Accept", ACCEPT).call();
    let mut answer = answer.map_err(|error| error.to_string())?;
    let media = answer.headers().get("content-type");
    let media = media
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    let format = match media.starts_with("application/openmetrics-text") {
        true => Format::OpenMetrics,
        false => Format::Prometheus,
    };
    let limit = intake.push_bytes() as u64;
    let mut text = String::new();
    let mut body = answer.body_mut().as_reader().take(limit + 1);
    body.read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if limit < text.len() as u64 {
        return Err(format!("the answer holds more than {limit} bytes"));
    }
    let exposition = parse(&text, format).map_err(|error| error.to_string())?;
    intake.exposition(service, &exposition, super::line::now() / 1_000_000);
    Ok(())
}

impl Intake {
    /// Notes whether a service could be asked for its metrics, also as the series `up`.
    fn note_scrape(&self, service: &str, address: &str, outcome: Result<(), String>) {
        let labels = Labels::from([("service_name".to_owned(), service.to_owned())]);
        let new = NewSample {
            family: "up",
            kind: FamilyKind::Gauge,
            help: "Whether the metrics of a service could be fetched",
            unit: "",
            labels: &labels,
            suffix: "",
            bound: f64::NAN,
            sample: Sample {
                millis: super::line::now() / 1_000_000,
                value: if outcome.is_ok() { 1.0 } else { 0.0 },
            },
            exemplar: None,
        };
        // Counted where it happens.
        let _refused = metrics::push_sample(&self.store, &new);
        if outcome.is_err() {
            self.store.refusals.add(Signal::Metrics, "scrape", 1);
        }
        let outcome = outcome.map_err(|error| format!("{address}: {error}"));
        self.store
            .scrapes
            .lock()
            .insert(service.to_owned(), outcome);
    }

    /// Takes what a service exposes at a time, in milliseconds since 1970.
    pub fn exposition(&self, service: &str, exposition: &Exposition, millis: u64) {
        for family in &exposition.families {
            for scraped in &family.samples {
                self.scraped(service, exposition.format, family, scraped, millis);
            }
        }
    }

    fn scraped(
        &self,
        service: &str,
        format: Format,
        family: &Family,
        scraped: &Scraped,
        millis: u64,
    ) {
        let behind = scraped.name.strip_prefix(&family.name).unwrap_or_default();
        let Some(suffix) = suffix(family.kind, format, behind) else {
            return;
        };
        let name = match (family.kind, format) {
            (Kind::Counter, Format::Prometheus) => family.name.trim_end_matches("_total"),
            _ => &family.name,
        };
        let mut labels = scraped.labels.clone();
        let bound = match (family.kind, suffix) {
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => labels.remove("le"),
            (Kind::Summary, "") => labels.remove("quantile"),
            _ => None,
        };
        let bound = bound.and_then(|bound| bound.to_lowercase().parse().ok());
        labels.insert("service_name".to_owned(), service.to_owned());
        if metrics::check_labels(&labels).is_err() {
            self.store.refusals.add(Signal::Metrics, "labels", 1);
            return;
        }
        let exemplar = scraped.exemplar.as_ref().and_then(|exemplar| {
            let span = exemplar.labels.get("span_id");
            Some(KeptExemplar {
                millis: exemplar
                    .timestamp
                    .map_or(millis, |seconds| (seconds * 1e3) as u64),
                value: exemplar.value,
                trace: id::trace(exemplar.labels.get("trace_id")?)?,
                span: span.and_then(|span| id::span(span)).unwrap_or(0),
            })
        });
        let new = NewSample {
            family: name,
            kind: kind(family.kind),
            help: family.help.as_deref().unwrap_or_default(),
            unit: family.unit.as_deref().unwrap_or_default(),
            labels: &labels,
            suffix,
            bound: bound.unwrap_or(f64::NAN),
            sample: Sample {
                millis,
                value: scraped.value,
            },
            exemplar,
        };
        // Counted where it happens.
        let _refused = metrics::push_sample(&self.store, &new);
    }
}

/// The suffix as it is kept; none for what is not kept.
fn suffix(kind: Kind, format: Format, behind: &str) -> Option<&'static str> {
    match (kind, format, behind) {
        (_, _, "_created") => None,
        (Kind::Counter, Format::OpenMetrics, "_total") => Some("_total"),
        (Kind::Counter, Format::Prometheus, "") => Some("_total"),
        (_, _, "_bucket") => Some("_bucket"),
        (_, _, "_count" | "_gcount") => Some("_count"),
        (_, _, "_sum" | "_gsum") => Some("_sum"),
        (_, _, "_info") => Some("_info"),
        _ => Some(""),
    }
}

fn kind(kind: Kind) -> FamilyKind {
    match kind {
        Kind::Counter => FamilyKind::Counter,
        Kind::Gauge | Kind::StateSet => FamilyKind::Gauge,
        Kind::Histogram | Kind::GaugeHistogram => FamilyKind::Histogram,
        Kind::Summary => FamilyKind::Summary,
        Kind::Info => FamilyKind::Info,
        Kind::Unknown => FamilyKind::Unknown,
    }
}

//! What there is of each service, and why something is missing.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::super::metrics::SERVICE;
use super::super::{Window, now};
use crate::store::{Signal, SignalState, SignalStatus, Store, Symbol};

/// Signals in the order in which they are shown, with what each consists of.
const SIGNALS: [(Signal, &str); 4] = [
    (Signal::Traces, "spans"),
    (Signal::Logs, "lines"),
    (Signal::Metrics, "metrics"),
    (Signal::Profiles, "profiles"),
];

/// When each service was last heard of, by signal.
pub(super) struct Signals {
    last: BTreeMap<String, [Option<u64>; 4]>,
    scrapes: BTreeMap<String, Result<(), String>>,
    window: Window,
}

impl Signals {
    pub(super) fn of(store: &Store, window: Window) -> Self {
        let mut signals = Self {
            last: BTreeMap::new(),
            scrapes: store.scrapes.lock().clone(),
            window,
        };
        for service in signals.scrapes.keys() {
            signals.last.insert(service.clone(), [None; 4]);
        }
        let segments = store.spans.lock().ring.segments();
        for segment in &segments {
            let heads = segment.heads.iter().map(|head| (head.service, head.end()));
            for (service, last) in latest(heads) {
                signals.heard(Signal::Traces, segment.strings.get(service), last);
            }
        }
        let segments = store.lines.lock().ring.segments();
        for segment in &segments {
            let heads = segment.heads.iter().map(|head| (head.service, head.time));
            for (service, last) in latest(heads) {
                signals.heard(Signal::Logs, segment.strings.get(service), last);
            }
        }
        let segments = store.stacks.lock().ring.segments();
        for segment in &segments {
            for head in &segment.profiles {
                signals.heard(
                    Signal::Profiles,
                    segment.strings.get(head.service),
                    head.end,
                );
            }
        }
        let series = store.series.lock();
        for (name, family) in series.families() {
            // `up` says that nothing came, too.
            if name == "up" {
                continue;
            }
            for series in &family.series {
                if let (Some(service), Some(last)) =
                    (series.labels.get(SERVICE), series.samples.back())
                {
                    signals.heard(
                        Signal::Metrics,
                        service,
                        last.millis.saturating_mul(1_000_000),
                    );
                }
            }
        }
        signals
    }

    fn heard(&mut self, signal: Signal, service: &str, at: u64) {
        let last = match self.last.get_mut(service) {
            Some(last) => last,
            None => self.last.entry(service.to_owned()).or_default(),
        };
        let last = &mut last[signal as usize];
        *last = (*last).max(Some(at));
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.last.keys().map(String::as_str)
    }

    pub(super) fn of_service(&self, service: &str) -> Vec<SignalStatus> {
        let last = self.last.get(service).copied().unwrap_or_default();
        let each = SIGNALS.iter().map(|(signal, things)| {
            let last = last[*signal as usize];
            let state = match last {
                None if service == CONSOLE && is_of_others(*signal) => SignalState::Absent,
                None => SignalState::Missing,
                Some(last) if last < self.window.from => SignalState::Silent,
                Some(_) => SignalState::Live,
            };
            SignalStatus {
                signal: *signal,
                state,
                last_unix_nanos: last,
                reason: self.reason(service, *signal, things, last, state),
            }
        });
        each.collect()
    }

    fn reason(
        &self,
        service: &str,
        signal: Signal,
        things: &str,
        last: Option<u64>,
        state: SignalState,
    ) -> String {
        let scrape = self.scrapes.get(service);
        match (state, last) {
            (SignalState::Live, _) => String::new(),
            (SignalState::Absent, _) => {
                format!(
                    "no {things} from {service}: it makes none, so that it does not feed itself"
                )
            }
            (SignalState::Silent, Some(last)) => {
                let seconds = now().saturating_sub(last) / 1_000_000_000;
                let why = match (signal, scrape) {
                    (Signal::Metrics, Some(Err(error))) => format!(": {error}"),
                    _ => String::new(),
                };
                format!("no {things} from {service} for {}{why}", ago(seconds))
            }
            _ => format!("no {things} from {service}: {}", never(signal, scrape)),
        }
    }
}

/// What the console is called among services.
const CONSOLE: &str = "console";

/// Whether the console takes this signal of others only.
fn is_of_others(signal: Signal) -> bool {
    matches!(signal, Signal::Traces | Signal::Profiles)
}

/// Why nothing of a signal ever came, as far as the console can know, and what to look at.
fn never(signal: Signal, scrape: Option<&Result<(), String>>) -> String {
    let words = match (signal, scrape) {
        (Signal::Metrics, Some(Err(error))) => return error.clone(),
        (Signal::Metrics, Some(Ok(()))) => "its answers to scrapes hold none",
        (Signal::Metrics, None) => {
            "never sent, and QUARTET_CONSOLE_SCRAPE does not say where to fetch them"
        }
        (Signal::Traces, _) => {
            "never sent; is OTEL_EXPORTER_OTLP_ENDPOINT set for it, and any request sampled?"
        }
        (Signal::Logs, _) => "never read or pushed; does QUARTET_CONSOLE_LOG_FILES name its file?",
        (Signal::Profiles, _) => {
            "never pushed; is PYROSCOPE_SERVER_ADDRESS set for it, and did it use the CPU?"
        }
    };
    words.to_owned()
}

/// The latest time of each service of a segment.
fn latest(heads: impl Iterator<Item = (Symbol, u64)>) -> HashMap<Symbol, u64> {
    let mut latest = HashMap::new();
    for (service, time) in heads {
        let last = latest.entry(service).or_default();
        *last = time.max(*last);
    }
    latest
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

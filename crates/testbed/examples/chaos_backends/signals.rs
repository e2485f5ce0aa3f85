//! Whether each signal flows, end to end: something made after a moment is in its store.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::interrupt::Interrupt;
use crate::load::Load;
use crate::stores::Stores;

const LOOK: Duration = Duration::from_millis(300);
/// What a scraped number of `api` and a number made of it are called.
pub(crate) const SCRAPED: &str = "up{job=\"service\", service_name=\"api\"}";
pub(crate) const RECORDED: &str = "service:http_server_answers:rate{service_name=\"api\"}";
/// How far back the newest sample is looked for, in seconds.
const RECENT: u64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Metrics,
    Lines,
    Spans,
    Profiles,
    Rules,
    Alerts,
}

impl Signal {
    pub(crate) const ALL: &[Self] = &[
        Self::Metrics,
        Self::Lines,
        Self::Spans,
        Self::Profiles,
        Self::Rules,
        Self::Alerts,
    ];
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metrics => "metrics",
            Self::Lines => "lines",
            Self::Spans => "spans",
            Self::Profiles => "profiles",
            Self::Rules => "rules",
            Self::Alerts => "alerts",
        })
    }
}

/// Which signals flow, and after how long.
pub(crate) struct Flow {
    pub(crate) back: Vec<(Signal, Duration)>,
    pub(crate) missing: Vec<Signal>,
}

impl Flow {
    /// The last one to come back.
    pub(crate) fn slowest(&self) -> Option<&(Signal, Duration)> {
        self.back.iter().max_by_key(|(_, after)| *after)
    }
}

/// Waits until all of them flow that were made after `since`, or patience is over.
pub(crate) fn wait(
    stores: &Stores,
    load: &Load,
    since: Timestamp,
    patience: Duration,
    interrupt: &Interrupt,
) -> anyhow::Result<Flow> {
    let began = Instant::now();
    let mut flow = Flow {
        back: Vec::new(),
        missing: Signal::ALL.to_vec(),
    };
    while !flow.missing.is_empty() && began.elapsed() < patience {
        interrupt.check()?;
        let back = |signal: &mut Signal| {
            // A store that does not answer yet does not have it yet.
            flows(*signal, stores, load, since).unwrap_or(false)
        };
        let back: Vec<_> = flow.missing.extract_if(.., back).collect();
        flow.back
            .extend(back.into_iter().map(|signal| (signal, began.elapsed())));
        thread::sleep(LOOK);
    }
    Ok(flow)
}

fn flows(signal: Signal, stores: &Stores, load: &Load, since: Timestamp) -> anyhow::Result<bool> {
    let seconds = since.as_duration().as_secs_f64();
    let newer = |series| -> anyhow::Result<bool> {
        Ok(stores
            .samples(series, RECENT)?
            .last()
            .is_some_and(|time| seconds < *time))
    };
    let now = Timestamp::now();
    Ok(match signal {
        Signal::Metrics => newer(SCRAPED)?,
        Signal::Rules => newer(RECORDED)?,
        Signal::Alerts => stores.last_alert()?.is_some_and(|time| since < time),
        Signal::Profiles => 0.0 < stores.profile_samples(since, now)?,
        Signal::Lines => !stores.traces_in_lines("", since, now)?.is_empty(),
        Signal::Spans => {
            // A trace may be lost where everything behind it is not.
            let sent = load.between(since, now);
            let ids: Vec<_> = sent.iter().filter_map(|done| done.trace.as_ref()).collect();
            let some = ids.iter().step_by(ids.len().div_ceil(4).max(1));
            for id in some {
                if stores.has_trace(id)? {
                    return Ok(true);
                }
            }
            false
        }
    })
}

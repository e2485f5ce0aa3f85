//! What stands around every page: where one is, where one can go, which time is shown, what the store holds.

use super::address::Address;
use super::chart::Hues;
use super::range::{self, Range};
use super::theme::Theme;
use super::units::{At, Bytes};
use crate::store::{Signal, StoreStatus};

/// The parts of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Services at a glance.
    Overview,
    /// Requests.
    Traces,
    /// Who calls whom.
    Map,
    /// Lines.
    Logs,
    /// Families.
    Metrics,
    /// Flame graphs.
    Profiles,
}

impl Section {
    const ALL: [Self; 6] = [
        Self::Overview,
        Self::Traces,
        Self::Map,
        Self::Logs,
        Self::Metrics,
        Self::Profiles,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Traces => "Traces",
            Self::Map => "Map",
            Self::Logs => "Logs",
            Self::Metrics => "Metrics",
            Self::Profiles => "Profiles",
        }
    }

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Traces => "/traces",
            Self::Map => "/map",
            Self::Logs => "/logs",
            Self::Metrics => "/metrics",
            Self::Profiles => "/profiles",
        }
    }

    /// The key that goes there, after `g`.
    fn key(self) -> char {
        match self {
            Self::Overview => 'o',
            Self::Traces => 't',
            Self::Map => 's',
            Self::Logs => 'l',
            Self::Metrics => 'm',
            Self::Profiles => 'p',
        }
    }
}

/// A link of the frame.
#[derive(Clone, Debug)]
pub struct Way {
    /// What it says.
    pub name: String,
    /// Where it goes.
    pub link: Address,
    /// Whether one is there.
    pub is_here: bool,
    /// The key that takes it, if there is one.
    pub key: Option<char>,
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What the page shows, for the tab and the heading.
    pub title: String,
    /// The part it belongs to.
    pub section: Section,
    /// The page itself.
    pub address: Address,
    /// The time it shows; none if it has none.
    pub range: Option<Range>,
    /// Its colours.
    pub theme: Theme,
    /// The colours of services.
    pub hues: Hues,
    /// What the store holds.
    pub stores: Vec<StoreStatus>,
    /// Seconds after which a browser without scripts asks again.
    pub refresh: Option<u64>,
}

impl Frame {
    /// The parts of the console, at the time shown here.
    pub fn sections(&self) -> Vec<Way> {
        Section::ALL
            .into_iter()
            .map(|section| Way {
                name: section.name().to_owned(),
                link: self.timed(Address::new(section.path())),
                is_here: section == self.section,
                key: Some(section.key()),
            })
            .collect()
    }

    /// `address` at the time shown here.
    pub fn timed(&self, address: Address) -> Address {
        match &self.range {
            Some(range) => range.said_in(address),
            None => address,
        }
    }

    /// This page, over other times.
    pub fn ranges(&self) -> Vec<Way> {
        let Some(shown) = &self.range else {
            return Vec::new();
        };
        range::OFFERED
            .into_iter()
            .map(|(word, _)| {
                let offered = Range {
                    last: Some(word.to_owned()),
                    ..shown.clone()
                };
                Way {
                    name: range::spelt(word),
                    link: offered.said_in(self.address.clone()),
                    is_here: shown.last.as_deref() == Some(word),
                    key: None,
                }
            })
            .collect()
    }

    /// This page, one length earlier.
    pub fn earlier(&self) -> Address {
        self.moved(Range::before)
    }

    /// This page, one length later.
    pub fn later(&self) -> Address {
        self.moved(Range::after)
    }

    /// This page, as it will still be tomorrow.
    pub fn fixed(&self) -> Address {
        self.moved(Range::clone)
    }

    fn moved(&self, to: impl Fn(&Range) -> Range) -> Address {
        match &self.range {
            Some(range) => to(range).fixed_in(self.address.clone()),
            None => self.address.clone(),
        }
    }

    /// What a form has to repeat so that only its own fields, `but`, change; their names stand between spaces.
    pub fn repeated(&self, but: &str) -> Vec<&(String, String)> {
        self.address
            .query()
            .iter()
            .filter(|(name, _)| !but.split(' ').any(|own| own == name))
            .collect()
    }

    /// The time shown, in words.
    pub fn words(&self) -> String {
        self.range.as_ref().map(Range::words).unwrap_or_default()
    }

    /// What the store holds, in one line per signal.
    pub fn kept(&self) -> Vec<Kept> {
        self.stores.iter().map(Kept::of).collect()
    }
}

/// What is held of one signal.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Such as `traces`.
    pub name: &'static str,
    /// Such as `12.3 MiB of 64 MiB since 14:02:07`.
    pub words: String,
    /// What could not be taken, and why; empty if all could.
    pub refused: String,
}

/// A reason for which so many were not taken.
fn refusal(reason: &str, count: u64) -> String {
    match reason {
        "scrape" => format!("scrapes failed: {count}"),
        reason => format!("refused as {}: {count}", reason.replace('_', " ")),
    }
}

impl Kept {
    fn of(store: &StoreStatus) -> Self {
        let held = Bytes(store.bytes as f64);
        let limit = Bytes(store.limit_bytes as f64);
        let since = store
            .oldest_unix_nanos
            .map(|oldest| format!(", since {}", at(oldest).seconds()))
            .unwrap_or_default();
        Self {
            name: signal_name(store.signal),
            words: format!("{held} of {limit}{since}"),
            refused: store
                .refused
                .iter()
                .filter(|&(_, &count)| count > 0)
                .map(|(reason, count)| refusal(reason, *count))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

/// What a signal is called.
pub fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "traces",
        Signal::Logs => "logs",
        Signal::Metrics => "metrics",
        Signal::Profiles => "profiles",
    }
}

/// The moment so many nanoseconds after 1970.
pub fn at(unix_nanos: u64) -> At {
    At(jiff::Timestamp::from_nanosecond(i128::from(unix_nanos)).unwrap_or(jiff::Timestamp::MAX))
}

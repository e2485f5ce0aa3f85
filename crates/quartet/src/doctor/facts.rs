//! What is known of one signal of one service.

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Metrics,
    Lines,
    Spans,
    Profiles,
}

impl Signal {
    pub(crate) const ALL: [Self; 4] = [Self::Metrics, Self::Lines, Self::Spans, Self::Profiles];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Lines => "lines",
            Self::Spans => "spans",
            Self::Profiles => "profiles",
        }
    }

    /// What the console calls it.
    pub(crate) fn in_console(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Lines => "logs",
            Self::Spans => "traces",
            Self::Profiles => "profiles",
        }
    }

    /// Who keeps it behind Alloy.
    pub(crate) fn store(self) -> &'static str {
        match self {
            Self::Metrics => "VictoriaMetrics",
            Self::Lines => "Loki",
            Self::Spans => "Tempo",
            Self::Profiles => "Pyroscope",
        }
    }

    /// The setting that says how long the store keeps it.
    pub(crate) fn retention(self) -> &'static str {
        match self {
            Self::Metrics => "-retentionPeriod",
            Self::Lines | Self::Profiles => "retention_period",
            Self::Spans => "block_retention",
        }
    }

    /// The variable without which a service does not send it.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Spans => "OTEL_EXPORTER_OTLP_ENDPOINT",
            Self::Profiles => "PYROSCOPE_SERVER_ADDRESS",
            Self::Metrics | Self::Lines => "",
        }
    }
}

/// Counts since the requests of our own, as far as somebody counts; the rest is since each program's start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) service: &'static str,
    pub(crate) signal: Signal,
    /// Whether services send to the console, not through Alloy to the stores.
    pub(crate) viewed: bool,
    /// Why the service itself could not be asked.
    pub(crate) service_silent: Option<String>,
    /// None where the service does not send this signal at all.
    pub(crate) made: Option<f64>,
    /// What the service could not get rid of, with its words for why.
    pub(crate) dropped: Vec<(String, f64)>,
    pub(crate) left: Option<f64>,
    pub(crate) collector_silent: Option<String>,
    pub(crate) taken: Option<f64>,
    /// What the collector refused.
    pub(crate) refused: f64,
    pub(crate) forwarded: Option<f64>,
    /// What the collector gave up, with its words for why.
    pub(crate) failed: Vec<(String, f64)>,
    pub(crate) store_silent: Option<String>,
    /// What the store would not have, with its words for why.
    pub(crate) discarded: Vec<(String, f64)>,
    pub(crate) held: f64,
    /// Why the console has none of it, in its own words.
    pub(crate) missing: Option<String>,
    /// Names of services that the store knows.
    pub(crate) known: Vec<String>,
    /// How far the clock of the service is ahead of ours, in seconds.
    pub(crate) clock: Option<i64>,
    /// How many of our requests were sampled, and how many there were.
    pub(crate) sampled: (usize, usize),
    /// Whether samples carry their spans.
    pub(crate) labelled: bool,
}

impl Facts {
    /// Made, left, taken, forwarded, held: as cells of a table.
    pub(crate) fn counts(&self) -> [String; 5] {
        let held = self.store_silent.is_none().then_some(self.held);
        [self.made, self.left, self.taken, self.forwarded, held].map(|count| match count {
            Some(count) => format!("{count:.0}"),
            None => "-".to_owned(),
        })
    }
}

//! What is compared, as server and runner both name it.

/// What the server under test carries around one and the same handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Nothing: actix-web alone.
    Bare,
    /// Quartet without lines and spans. Metrics, ids and headers cannot be turned off: the floor of what follows.
    Metrics,
    /// The floor and access lines.
    Lines,
    /// The floor and a span for each request.
    Traces,
    /// The profiler beside a bare service.
    Profiles,
    /// All signals, each request sampled.
    All100,
    /// All signals, one request in ten sampled.
    All10,
    /// All signals, no request sampled.
    All0,
    /// The ready-made crates for the same four signals, each request sampled.
    OffTheShelf,
}

impl Variant {
    /// Each variant, the one all others are compared with first.
    pub const ALL: [Self; 9] = [
        Self::Bare,
        Self::Metrics,
        Self::Lines,
        Self::Traces,
        Self::Profiles,
        Self::All100,
        Self::All10,
        Self::All0,
        Self::OffTheShelf,
    ];

    /// The name on command lines and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Metrics => "metrics",
            Self::Lines => "lines",
            Self::Traces => "traces",
            Self::Profiles => "profiles",
            Self::All100 => "all-100",
            Self::All10 => "all-10",
            Self::All0 => "all-0",
            Self::OffTheShelf => "off-the-shelf",
        }
    }

    /// The variant of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// The share of requests whose span is to arrive at the collector.
    pub fn sampled(self) -> f64 {
        match self {
            Self::Traces | Self::All100 | Self::OffTheShelf => 1.0,
            Self::All10 => 0.1,
            Self::Bare | Self::Metrics | Self::Lines | Self::Profiles | Self::All0 => 0.0,
        }
    }

    /// Whether each request is to be one line on stdout.
    pub fn writes_lines(self) -> bool {
        matches!(
            self,
            Self::Lines | Self::All100 | Self::All10 | Self::All0 | Self::OffTheShelf
        )
    }

    /// Whether profiles are to arrive.
    pub fn pushes_profiles(self) -> bool {
        matches!(
            self,
            Self::Profiles | Self::All100 | Self::All10 | Self::All0 | Self::OffTheShelf
        )
    }

    /// Whether there are metrics to scrape.
    pub fn is_scraped(self) -> bool {
        self != Self::Bare
    }
}

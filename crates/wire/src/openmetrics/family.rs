use std::collections::BTreeMap;
use std::fmt;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// Samples under one name, type, help text and unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The name, in `OpenMetrics` without the suffixes of its samples.
    pub name: String,
    /// The type.
    pub kind: Kind,
    /// The help text, without escapes.
    pub help: Option<String>,
    /// The unit, which only `OpenMetrics` has.
    pub unit: Option<String>,
    /// The samples in their order.
    pub samples: Vec<Sample>,
}

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts per bucket.
    Histogram,
    /// Counts per bucket that can go down.
    GaugeHistogram,
    /// One of several states.
    StateSet,
    /// Labels that do not change.
    Info,
    /// Quantiles.
    Summary,
    /// Not stated; "untyped" in the Prometheus text format.
    Unknown,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::StateSet => "stateset",
            Self::Info => "info",
            Self::Summary => "summary",
            Self::Unknown => "unknown",
        })
    }
}

/// One line with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The name, suffix included.
    pub name: String,
    /// The labels.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// In seconds since 1970.
    pub timestamp: Option<f64>,
    /// An event that this sample counted.
    pub exemplar: Option<Exemplar>,
}

impl Sample {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Whether the sample has these labels, and perhaps others.
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        let mut labels = labels.iter();
        labels.all(|(name, value)| self.label(name) == Some(value))
    }
}

/// An event that a sample counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// What identifies the event, such as its trace.
    pub labels: Labels,
    /// What was measured.
    pub value: f64,
    /// In seconds since 1970.
    pub timestamp: Option<f64>,
}

//! Exposed metrics: `OpenMetrics` 1.0.0 and the Prometheus text format 0.0.4, read strictly.

mod family;
mod number;
mod parse;
mod rules;
mod scan;

pub use family::{Exemplar, Family, Kind, Labels, Sample};
pub use parse::parse;

/// The two text formats that scrapers ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/openmetrics-text; version=1.0.0`
    OpenMetrics,
    /// `text/plain; version=0.0.4`
    Prometheus,
}

/// Why a text is not a valid exposition, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Error {
    /// The line, counted from 1.
    pub line: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a text is not a valid exposition.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Reason {
    /// Something else stands where the format wants this.
    #[error("expected {expected} at byte {position}")]
    Expected {
        /// What the format wants.
        expected: &'static str,
        /// Where, in bytes from the start of the line.
        position: usize,
    },
    /// A backslash before a character that needs none.
    #[error("unknown escape at byte {position}")]
    Escape {
        /// Where, in bytes from the start of the line.
        position: usize,
    },
    /// The text does not end as the format wants it to.
    #[error("text does not end in {0}")]
    End(&'static str),
    /// A type that the format does not have.
    #[error("{0:?} is no type of this format")]
    Kind(String),
    /// A `# TYPE`, `# HELP` or `# UNIT` that its family had before.
    #[error("second {0}")]
    SecondDescriptor(&'static str),
    /// A `# TYPE`, `# HELP` or `# UNIT` after samples of its family.
    #[error("{0} after the samples")]
    LateDescriptor(&'static str),
    /// The family was there before, and others came in between.
    #[error("family {0} is in two places")]
    Interleaved(String),
    /// A family whose samples could be taken for those of another.
    #[error("family {family} has the sample name {name} of another")]
    Clash {
        /// The second of the two.
        family: String,
        /// The name that both have.
        name: String,
    },
    /// A sample without the suffix that its type demands.
    #[error("a sample of the {kind} {family} cannot be called {family}")]
    Suffix {
        /// The family.
        family: String,
        /// Its type.
        kind: Kind,
    },
    /// A label that the set has already.
    #[error("label {0} is there twice")]
    SecondLabel(String),
    /// A label that this sample cannot do without, or that has an impossible value.
    #[error("{sample} needs a valid label {label}")]
    Label {
        /// The name of the sample.
        sample: String,
        /// The name of the label.
        label: String,
    },
    /// A series that was there before.
    #[error("second sample of series {0}")]
    SecondSample(String),
    /// The lines of one metric with those of another in between.
    #[error("the lines of {0} are not together")]
    ScatteredMetric(String),
    /// A value that the type does not permit.
    #[error("{sample} cannot be {value}")]
    Value {
        /// The name of the sample.
        sample: String,
        /// Its value.
        value: f64,
    },
    /// An exemplar on a sample that cannot have one.
    #[error("{0} cannot have an exemplar")]
    Exemplar(String),
    /// An exemplar whose labels are longer than 128 characters together.
    #[error("exemplar has {0} characters of labels, above 128")]
    LongExemplar(usize),
    /// The name of a family does not end in its unit, or its type can have none.
    #[error("family {family} cannot have the unit {unit:?}")]
    Unit {
        /// The family.
        family: String,
        /// The unit that it claims.
        unit: String,
    },
    /// Bounds of buckets, or quantiles, that do not increase.
    #[error("{0} does not increase")]
    Unsorted(String),
    /// A bucket that holds less than the one below it.
    #[error("buckets of {0} are not cumulative")]
    NotCumulative(String),
    /// A histogram whose last bound is not infinity.
    #[error("{0} has no bucket +Inf")]
    NoInfinity(String),
    /// A histogram that counts something else than its last bucket, or has a sum but no count.
    #[error("count of {0} is not that of its bucket +Inf")]
    Count(String),
}

/// All that one scrape returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposition {
    /// The format that it came in.
    pub format: Format,
    /// The families in their order.
    pub families: Vec<Family>,
}

impl Exposition {
    /// The family of a name; in `OpenMetrics` a counter's is without `_total`.
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    /// The samples of a name, suffix included, in their order.
    pub fn samples(&self, name: &str) -> Vec<&Sample> {
        let samples = self.families.iter().flat_map(|family| &family.samples);
        samples.filter(|sample| sample.name == name).collect()
    }

    /// The sample with exactly these labels.
    pub fn sample(&self, name: &str, labels: &[(&str, &str)]) -> Option<&Sample> {
        let samples = self.samples(name).into_iter();
        let mut samples = samples.filter(|sample| sample.labels.len() == labels.len());
        samples.find(|sample| sample.has(labels))
    }

    /// The value of the sample with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        Some(self.sample(name, labels)?.value)
    }

    /// The sum over all samples that have at least these labels; 0 if there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.samples(name).into_iter();
        samples
            .filter(|sample| sample.has(labels))
            .map(|sample| sample.value)
            .sum()
    }
}

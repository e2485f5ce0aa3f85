//! What must hold within a family, once all its lines are there.

mod buckets;

use std::collections::{HashMap, HashSet};

use super::{Family, Format, Kind, Labels, Reason, Sample, number};

/// A broken rule, and the index of the sample that breaks it if it is a single one.
pub(super) type Broken = (Option<usize>, Reason);

/// The longest that the labels of an exemplar may be together.
const LONGEST_EXEMPLAR: usize = 128;

/// Every name that a sample of the family could have.
pub(super) fn sample_names(family: &Family, format: Format) -> Vec<String> {
    let suffixes: &[&str] = match (family.kind, format) {
        (Kind::Counter, Format::OpenMetrics) => &["_total", "_created"],
        (Kind::Histogram, Format::OpenMetrics) => &["_bucket", "_count", "_sum", "_created"],
        (Kind::Histogram, Format::Prometheus) => &["_bucket", "_count", "_sum"],
        (Kind::GaugeHistogram, _) => &["_bucket", "_gcount", "_gsum"],
        (Kind::Info, _) => &["_info"],
        (Kind::Summary, Format::OpenMetrics) => &["", "_count", "_sum", "_created"],
        (Kind::Summary, Format::Prometheus) => &["", "_count", "_sum"],
        _ => &[""],
    };
    let name = &family.name;
    suffixes
        .iter()
        .map(|suffix| format!("{name}{suffix}"))
        .collect()
}

pub(super) fn check(family: &Family, format: Format) -> Result<(), Broken> {
    unit(family).map_err(|reason| (None, reason))?;
    for (index, sample) in family.samples.iter().enumerate() {
        let broken = |reason| (Some(index), reason);
        labels(family, sample).map_err(broken)?;
        if format == Format::OpenMetrics {
            value(family, sample).map_err(broken)?;
            exemplar(family, sample).map_err(broken)?;
        }
    }
    unique(family, format)?;
    if format == Format::OpenMetrics {
        together(family)?;
    }
    match family.kind {
        Kind::Histogram | Kind::GaugeHistogram => buckets::check(family, format),
        Kind::Summary => buckets::check_quantiles(family),
        _ => Ok(()),
    }
}

fn unit(family: &Family) -> Result<(), Reason> {
    let Some(unit) = family.unit.as_deref().filter(|unit| !unit.is_empty()) else {
        return Ok(());
    };
    let suffixed = family.name.ends_with(&format!("_{unit}"));
    if suffixed && !matches!(family.kind, Kind::Info | Kind::StateSet) {
        return Ok(());
    }
    Err(Reason::Unit {
        family: family.name.clone(),
        unit: unit.to_owned(),
    })
}

/// The label that only some samples of a type have, and must have.
pub(super) fn own_label<'a>(family: &'a Family, sample: &Sample) -> Option<&'a str> {
    let suffix = sample.name.strip_prefix(&family.name).unwrap_or_default();
    match (family.kind, suffix) {
        (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
        (Kind::Summary, "") => Some("quantile"),
        (Kind::StateSet, _) => Some(&family.name),
        _ => None,
    }
}

fn labels(family: &Family, sample: &Sample) -> Result<(), Reason> {
    let Some(label) = own_label(family, sample) else {
        return Ok(());
    };
    let found = sample.label(label);
    let valid = match label {
        "le" => found
            .and_then(number::parse)
            .is_some_and(|bound| !bound.is_nan()),
        "quantile" => found
            .and_then(number::parse)
            .is_some_and(|quantile| (0.0..=1.0).contains(&quantile)),
        _ => found.is_some(),
    };
    if valid {
        return Ok(());
    }
    Err(Reason::Label {
        sample: sample.name.clone(),
        label: label.to_owned(),
    })
}

fn value(family: &Family, sample: &Sample) -> Result<(), Reason> {
    let value = sample.value;
    let suffix = sample.name.strip_prefix(&family.name).unwrap_or_default();
    let counts = value >= 0.0 && value.fract() == 0.0;
    let valid = match (family.kind, suffix) {
        (Kind::Counter, "_total") => value >= 0.0,
        (Kind::Histogram | Kind::Summary, "_count") => counts,
        (Kind::Histogram, "_bucket") => counts,
        (Kind::GaugeHistogram, "_bucket" | "_gcount") => counts,
        (Kind::Info, _) => value == 1.0,
        (Kind::StateSet, _) => value == 0.0 || value == 1.0,
        _ => true,
    };
    if valid {
        return Ok(());
    }
    Err(Reason::Value {
        sample: sample.name.clone(),
        value,
    })
}

fn exemplar(family: &Family, sample: &Sample) -> Result<(), Reason> {
    let Some(exemplar) = &sample.exemplar else {
        return Ok(());
    };
    let suffix = sample.name.strip_prefix(&family.name).unwrap_or_default();
    let permitted = matches!(
        (family.kind, suffix),
        (Kind::Counter, "_total") | (Kind::Histogram | Kind::GaugeHistogram, "_bucket")
    );
    if !permitted {
        return Err(Reason::Exemplar(sample.name.clone()));
    }
    let labels = exemplar.labels.iter();
    let characters = labels
        .map(|(name, value)| name.chars().count() + value.chars().count())
        .sum();
    if LONGEST_EXEMPLAR < characters {
        return Err(Reason::LongExemplar(characters));
    }
    Ok(())
}

/// No series twice, but for the points of one series at increasing times.
fn unique(family: &Family, format: Format) -> Result<(), Broken> {
    let mut seen: HashMap<(&str, &Labels), Option<f64>> = HashMap::new();
    for (index, sample) in family.samples.iter().enumerate() {
        let key = (sample.name.as_str(), &sample.labels);
        let Some(before) = seen.insert(key, sample.timestamp) else {
            continue;
        };
        let later = match (before, sample.timestamp) {
            (Some(before), Some(now)) => before < now,
            _ => false,
        };
        if !later || format == Format::Prometheus {
            return Err((Some(index), Reason::SecondSample(series(sample))));
        }
    }
    Ok(())
}

/// The lines of one label set stand together.
fn together(family: &Family) -> Result<(), Broken> {
    let mut seen: HashSet<Labels> = HashSet::new();
    let mut current: Option<Labels> = None;
    for (index, sample) in family.samples.iter().enumerate() {
        let labels = shared_labels(family, sample);
        if current.as_ref() != Some(&labels) {
            if !seen.insert(labels.clone()) {
                return Err((Some(index), Reason::ScatteredMetric(series(sample))));
            }
            current = Some(labels);
        }
    }
    Ok(())
}

/// The labels that all lines of one metric share.
fn shared_labels(family: &Family, sample: &Sample) -> Labels {
    let mut labels = sample.labels.clone();
    if let Some(own) = own_label(family, sample) {
        labels.remove(own);
    }
    labels
}

/// A sample's name and labels, for people.
fn series(sample: &Sample) -> String {
    let labels: Vec<_> = sample
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{}{{{}}}", sample.name, labels.join(","))
}

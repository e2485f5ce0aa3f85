use std::collections::HashMap;

use super::super::{Family, Format, Labels, Reason, Sample, number};
use super::{Broken, own_label, series, shared_labels};

/// The lines of one metric at one time.
struct Point<'a> {
    /// Bounds or quantiles, with the index of each sample.
    steps: Vec<(f64, usize)>,
    count: Option<(f64, usize)>,
    sum: Option<usize>,
    first: &'a Sample,
    index: usize,
}

/// Buckets increase, are cumulative, end with infinity, and agree with the count.
pub(super) fn check(family: &Family, format: Format) -> Result<(), Broken> {
    for point in points(family) {
        increasing(family, &point)?;
        cumulative(family, &point)?;
        let name = || series(point.first);
        let last = point.steps.last();
        let Some((_, index)) = last.filter(|(bound, _)| *bound == f64::INFINITY) else {
            return Err((Some(point.index), Reason::NoInfinity(name())));
        };
        let infinite = family.samples[*index].value;
        match (point.count, point.sum) {
            (Some((count, index)), _) if count != infinite => {
                return Err((Some(index), Reason::Count(name())));
            }
            (None, Some(index)) if format == Format::OpenMetrics => {
                return Err((Some(index), Reason::Count(name())));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Quantiles increase.
pub(super) fn check_quantiles(family: &Family) -> Result<(), Broken> {
    points(family)
        .iter()
        .try_for_each(|point| increasing(family, point))
}

fn increasing(family: &Family, point: &Point<'_>) -> Result<(), Broken> {
    for pair in point.steps.windows(2) {
        let ((before, _), (now, index)) = (pair[0], pair[1]);
        if now <= before {
            let name = series(&family.samples[index]);
            return Err((Some(index), Reason::Unsorted(name)));
        }
    }
    Ok(())
}

fn cumulative(family: &Family, point: &Point<'_>) -> Result<(), Broken> {
    let mut least = 0.0;
    for (_, index) in &point.steps {
        let sample = &family.samples[*index];
        // Written so that NaN fails too.
        let grows = sample.value >= least;
        if !grows {
            return Err((Some(*index), Reason::NotCumulative(series(sample))));
        }
        least = sample.value;
    }
    Ok(())
}

fn points(family: &Family) -> Vec<Point<'_>> {
    let mut points: Vec<Point<'_>> = Vec::new();
    let mut indexes: HashMap<(Labels, Option<u64>), usize> = HashMap::new();
    for (index, sample) in family.samples.iter().enumerate() {
        let suffix = sample.name.strip_prefix(&family.name).unwrap_or_default();
        if suffix == "_created" {
            continue;
        }
        let timestamp = sample.timestamp.map(f64::to_bits);
        let metric = (shared_labels(family, sample), timestamp);
        let known = *indexes.entry(metric).or_insert_with(|| {
            points.push(Point {
                steps: Vec::new(),
                count: None,
                sum: None,
                first: sample,
                index,
            });
            points.len() - 1
        });
        let point = &mut points[known];
        match (own_label(family, sample), suffix) {
            (Some(label), _) => {
                let step = sample.label(label).and_then(number::parse);
                point.steps.extend(step.map(|step| (step, index)));
            }
            (None, "_count" | "_gcount") => point.count = Some((sample.value, index)),
            (None, _) => point.sum = Some(index),
        }
    }
    points
}

use opentelemetry_proto::tonic::metrics::v1 as proto;

use super::{Attributes, convert};

/// One metric of one sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// The name, such as `http.server.request.duration`.
    pub name: String,
    /// What it measures.
    pub description: String,
    /// The unit as UCUM writes it, such as `s` or `{request}`.
    pub unit: String,
    /// What was measured.
    pub points: Points,
}

/// The points of a metric by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Points {
    /// Values that go up and down.
    Gauge(Vec<NumberPoint>),
    /// Sums.
    Sum {
        /// The sums.
        points: Vec<NumberPoint>,
        /// Whether they only go up.
        is_monotonic: bool,
        /// Whether each is what was added since the last, and not since the start.
        is_delta: bool,
    },
    /// Counts per bucket; those with exponential buckets come with the bounds written out.
    Histogram {
        /// The counts.
        points: Vec<HistogramPoint>,
        /// Whether each is what was added since the last, and not since the start.
        is_delta: bool,
    },
    /// Quantiles that the sender computed.
    Summary(Vec<SummaryPoint>),
    /// A type that this decoder does not know.
    Unknown,
}

/// A number at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberPoint {
    /// Attributes by key.
    pub attributes: Attributes,
    /// Since when it was counted, in nanoseconds since 1970; 0 if the sender does not say.
    pub start_unix_nanos: u64,
    /// In nanoseconds since 1970.
    pub unix_nanos: u64,
    /// The number; none where the sender says that there is none.
    pub value: Option<f64>,
    /// Measured events.
    pub exemplars: Vec<Exemplar>,
}

/// Counts per bucket at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPoint {
    /// Attributes by key.
    pub attributes: Attributes,
    /// Since when it was counted, in nanoseconds since 1970; 0 if the sender does not say.
    pub start_unix_nanos: u64,
    /// In nanoseconds since 1970.
    pub unix_nanos: u64,
    /// How many were measured.
    pub count: u64,
    /// Their sum, if it has a meaning.
    pub sum: Option<f64>,
    /// Upper bounds, increasing; infinity is not among them.
    pub bounds: Vec<f64>,
    /// How many fell into each bucket, which is one more than there are bounds; or empty.
    pub counts: Vec<u64>,
    /// Measured events.
    pub exemplars: Vec<Exemplar>,
}

/// Quantiles at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryPoint {
    /// Attributes by key.
    pub attributes: Attributes,
    /// In nanoseconds since 1970.
    pub unix_nanos: u64,
    /// How many were measured.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Pairs of quantile and value.
    pub quantiles: Vec<(f64, f64)>,
}

/// A measured event.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// When it happened, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// What was measured.
    pub value: f64,
    /// 32 hexadecimal digits, if it belongs to a trace.
    pub trace_id: Option<String>,
    /// 16 hexadecimal digits, if it belongs to a span.
    pub span_id: Option<String>,
}

/// The flag of a point that stands for "there is no value any more".
const NO_RECORDED_VALUE: u32 = 1;

pub(super) fn metric(metric: proto::Metric) -> Metric {
    use proto::metric::Data;
    let numbers = |points: Vec<proto::NumberDataPoint>| points.into_iter().map(number).collect();
    let points = match metric.data {
        Some(Data::Gauge(gauge)) => Points::Gauge(numbers(gauge.data_points)),
        Some(Data::Sum(sum)) => Points::Sum {
            is_delta: is_delta(sum.aggregation_temporality),
            is_monotonic: sum.is_monotonic,
            points: numbers(sum.data_points),
        },
        Some(Data::Histogram(histogram)) => Points::Histogram {
            is_delta: is_delta(histogram.aggregation_temporality),
            points: histogram
                .data_points
                .into_iter()
                .map(histogram_point)
                .collect(),
        },
        Some(Data::ExponentialHistogram(histogram)) => Points::Histogram {
            is_delta: is_delta(histogram.aggregation_temporality),
            points: histogram
                .data_points
                .into_iter()
                .map(exponential_point)
                .collect(),
        },
        Some(Data::Summary(summary)) => {
            Points::Summary(summary.data_points.into_iter().map(summary_point).collect())
        }
        None => Points::Unknown,
    };
    Metric {
        name: metric.name,
        description: metric.description,
        unit: metric.unit,
        points,
    }
}

fn is_delta(temporality: i32) -> bool {
    temporality == proto::AggregationTemporality::Delta as i32
}

fn number(point: proto::NumberDataPoint) -> NumberPoint {
    use proto::number_data_point::Value;
    let value = match point.value {
        _ if point.flags & NO_RECORDED_VALUE != 0 => None,
        Some(Value::AsDouble(real)) => Some(real),
        Some(Value::AsInt(integer)) => Some(integer as f64),
        None => None,
    };
    NumberPoint {
        attributes: convert::attributes(point.attributes).0,
        start_unix_nanos: point.start_time_unix_nano,
        unix_nanos: point.time_unix_nano,
        value,
        exemplars: exemplars(point.exemplars),
    }
}

fn histogram_point(point: proto::HistogramDataPoint) -> HistogramPoint {
    HistogramPoint {
        attributes: convert::attributes(point.attributes).0,
        start_unix_nanos: point.start_time_unix_nano,
        unix_nanos: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        bounds: point.explicit_bounds,
        counts: point.bucket_counts,
        exemplars: exemplars(point.exemplars),
    }
}

/// Bucket `i` of scale `s` ends at 2^((i+1)·2^-s); what is negative or zero falls below the first bound.
fn exponential_point(point: proto::ExponentialHistogramDataPoint) -> HistogramPoint {
    let positive = point.positive.unwrap_or_default();
    let negative = point.negative.unwrap_or_default();
    let bound = |index: usize| {
        let index = f64::from(positive.offset) + index as f64;
        (index * (-f64::from(point.scale)).exp2()).exp2()
    };
    let below = negative
        .bucket_counts
        .iter()
        .fold(point.zero_count, |sum, count| sum.saturating_add(*count));
    let mut bounds: Vec<f64> = (0..=positive.bucket_counts.len()).map(bound).collect();
    let mut counts = vec![below];
    counts.extend(&positive.bucket_counts);
    counts.push(0);
    // Scales that no double can tell apart, or that leave its range, would break the order of the bounds.
    if bounds.windows(2).any(|pair| pair[0] >= pair[1]) || bounds.iter().any(|b| !b.is_finite()) {
        bounds.clear();
        counts.clear();
    }
    HistogramPoint {
        attributes: convert::attributes(point.attributes).0,
        start_unix_nanos: point.start_time_unix_nano,
        unix_nanos: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        bounds,
        counts,
        exemplars: exemplars(point.exemplars),
    }
}

fn summary_point(point: proto::SummaryDataPoint) -> SummaryPoint {
    let quantiles = point.quantile_values.iter();
    SummaryPoint {
        attributes: convert::attributes(point.attributes).0,
        unix_nanos: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        quantiles: quantiles.map(|pair| (pair.quantile, pair.value)).collect(),
    }
}

fn exemplars(exemplars: Vec<proto::Exemplar>) -> Vec<Exemplar> {
    use proto::exemplar::Value;
    let exemplar = |exemplar: proto::Exemplar| Exemplar {
        unix_nanos: exemplar.time_unix_nano,
        value: match exemplar.value {
            Some(Value::AsDouble(real)) => real,
            Some(Value::AsInt(integer)) => integer as f64,
            None => 0.0,
        },
        trace_id: convert::optional_id(&exemplar.trace_id, convert::TRACE_ID_BYTES),
        span_id: convert::optional_id(&exemplar.span_id, convert::SPAN_ID_BYTES),
    };
    exemplars.into_iter().map(exemplar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(scale: i32, offset: i32) -> HistogramPoint {
        exponential_point(proto::ExponentialHistogramDataPoint {
            count: 6,
            scale,
            zero_count: 1,
            positive: Some(proto::exponential_histogram_data_point::Buckets {
                offset,
                bucket_counts: vec![2, 3],
            }),
            ..proto::ExponentialHistogramDataPoint::default()
        })
    }

    #[test]
    fn exponential_buckets_get_their_bounds() {
        let ones = exponential(0, 0);
        assert_eq!(ones.bounds, [1.0, 2.0, 4.0]);
        assert_eq!(ones.counts, [1, 2, 3, 0]);
        assert_eq!(exponential(1, 2).bounds[..2], [2.0, 2_f64.powf(1.5)]);
        assert_eq!(exponential(-1, -1).bounds, [0.25, 1.0, 4.0]);
    }

    #[test]
    fn bounds_beyond_all_numbers_are_left_out() {
        for (scale, offset) in [(-1, i32::MAX), (-40, 5), (1_000, 5)] {
            let point = exponential(scale, offset);
            assert!(point.bounds.is_empty() && point.counts.is_empty());
            assert_eq!(point.count, 6);
        }
    }
}

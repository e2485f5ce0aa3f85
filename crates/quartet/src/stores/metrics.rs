//! Numbers: PromQL at one moment or over a range, as Prometheus' API answers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::http::{Address, Error};
use crate::links::range::Range;

/// A series, with its points in the order of time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) labels: BTreeMap<String, String>,
    /// Milliseconds since 1970, and the value. What is no number is no point, nor is the mark at which a series ends.
    pub(crate) points: Vec<(i64, f64)>,
}

impl Series {
    /// The value of a label; empty is the same as none.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// The newest point.
    pub(crate) fn last(&self) -> Option<(i64, f64)> {
        self.points.last().copied()
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Instant>),
    Matrix(Vec<Ranged>),
    Scalar((f64, String)),
}

#[derive(Deserialize)]
struct Instant {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

#[derive(Deserialize)]
struct Ranged {
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// The value of each series now.
pub(crate) fn instant(metrics: &Address, query: &str) -> Result<Vec<Series>, Error> {
    let arguments = [("query", query.to_owned())];
    Ok(series(metrics.get("/api/v1/query", &arguments)?))
}

/// The values of each series over a range, one every `step_seconds`.
pub(crate) fn range(
    metrics: &Address,
    query: &str,
    range: Range,
    step_seconds: u64,
) -> Result<Vec<Series>, Error> {
    asked(metrics, "/api/v1/query_range", query, range, step_seconds)
}

/// The same of numbers that Loki counts from lines.
pub(crate) fn range_of_lines(
    lines: &Address,
    query: &str,
    range: Range,
    step_seconds: u64,
) -> Result<Vec<Series>, Error> {
    asked(
        lines,
        "/loki/api/v1/query_range",
        query,
        range,
        step_seconds,
    )
}

/// The values of a label, of series that a selector finds.
pub(crate) fn label_values(
    metrics: &Address,
    selector: &str,
    label: &str,
    range: Range,
) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Values {
        data: Vec<String>,
    }
    let mut arguments = times(range).to_vec();
    if !selector.is_empty() {
        arguments.push(("match[]", selector.to_owned()));
    }
    let path = format!("/api/v1/label/{label}/values");
    Ok(metrics.get::<Values>(&path, &arguments)?.data)
}

fn asked(
    address: &Address,
    path: &str,
    query: &str,
    range: Range,
    step_seconds: u64,
) -> Result<Vec<Series>, Error> {
    let mut arguments = vec![("query", query.to_owned())];
    arguments.extend(times(range));
    arguments.push(("step", format!("{step_seconds}s")));
    Ok(series(address.get(path, &arguments)?))
}

fn times(range: Range) -> [(&'static str, String); 2] {
    [
        ("start", range.start_seconds().to_string()),
        ("end", range.end_seconds().to_string()),
    ]
}

fn series(answer: Answer) -> Vec<Series> {
    let point = |(seconds, value): (f64, String)| {
        let value = value.parse().ok().filter(|value: &f64| !value.is_nan())?;
        Some(((seconds * 1000.0) as i64, value))
    };
    match answer.data {
        Data::Vector(all) => all
            .into_iter()
            .map(|one| Series {
                labels: one.metric,
                points: point(one.value).into_iter().collect(),
            })
            .collect(),
        Data::Matrix(all) => all
            .into_iter()
            .map(|one| Series {
                labels: one.metric,
                points: one.values.into_iter().filter_map(point).collect(),
            })
            .collect(),
        Data::Scalar(value) => vec![Series {
            labels: BTreeMap::new(),
            points: point(value).into_iter().collect(),
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, series};

    #[test]
    fn each_kind_of_answer_is_series() {
        let answers = [
            r#"{"data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"2"]}]}}"#,
            r#"{"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"2"],[2.5,"NaN"]]}]}}"#,
        ];
        for text in answers {
            let answer: Answer = serde_json::from_str(text).unwrap();
            let series = series(answer);
            assert_eq!(series[0].label("a"), "b");
            assert_eq!(series[0].points, [(1500, 2.0)]);
            assert_eq!(series[0].last(), Some((1500, 2.0)));
        }
    }
}

//! OpenMetrics for who asks for it, the older text format for the rest.

use std::fmt::Write;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An answer to a scraper.
#[derive(Clone, Debug)]
pub struct Exposition {
    /// For the `Content-Type` header.
    pub content_type: &'static str,
    /// The metrics as text.
    pub body: String,
}

impl Exposition {
    pub(crate) fn negotiate(openmetrics: String, accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self {
                content_type: OPENMETRICS,
                body: openmetrics,
            }
        } else {
            Self {
                content_type: PLAIN,
                body: plain(&openmetrics),
            }
        }
    }
}

/// What version 0.0.4 does not know is dropped: exemplars, units, the end mark; and a counter's or info's
/// metadata bears the name of its samples.
fn plain(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    let types: std::collections::HashMap<&str, &str> = openmetrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    for line in openmetrics.lines() {
        let _infallible = match line.strip_prefix("# ") {
            Some(metadata) => match metadata.splitn(3, ' ').collect::<Vec<_>>()[..] {
                ["UNIT", ..] | ["EOF"] => Ok(()),
                [keyword, name, rest] => {
                    let (suffix, plain_type) = match types.get(name) {
                        Some(&"counter") => ("_total", "counter"),
                        Some(&"info") => ("_info", "gauge"),
                        Some(&"unknown") => ("", "untyped"),
                        Some(other) => ("", *other),
                        None => ("", rest),
                    };
                    let rest = if keyword == "TYPE" { plain_type } else { rest };
                    writeln!(text, "# {keyword} {name}{suffix} {rest}")
                }
                _ => Ok(()),
            },
            None => writeln!(text, "{}", without_exemplar(line)),
        };
    }
    text
}

/// A `#` within a quoted label value starts no exemplar.
fn without_exemplar(sample: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (position, byte) in sample.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'#' if !quoted => return sample[..position].trim_end(),
            _ => {}
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::Exposition;

    const OPENMETRICS: &str = concat!(
        "# HELP requests Requests.\n",
        "# TYPE requests counter\n",
        "requests_total{path=\"/#\\\"\"} 1 # {trace_id=\"ab\"} 1 2.5\n",
        "# HELP target Who.\n",
        "# TYPE target info\n",
        "target_info{service_name=\"api\"} 1\n",
        "# HELP wait_seconds Waits.\n",
        "# TYPE wait_seconds histogram\n",
        "# UNIT wait_seconds seconds\n",
        "wait_seconds_bucket{le=\"+Inf\"} 1 # {trace_id=\"ab\"} 0.5\n",
        "# EOF\n",
    );

    #[test]
    fn who_asks_for_openmetrics_gets_it_unchanged() {
        let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1";

        let exposition = Exposition::negotiate(OPENMETRICS.to_owned(), accept);

        assert!(
            exposition
                .content_type
                .starts_with("application/openmetrics-text; version=1.0.0")
        );
        assert_eq!(exposition.body, OPENMETRICS);
    }

    #[test]
    fn the_older_format_has_no_exemplars_units_or_end_mark() {
        let exposition = Exposition::negotiate(OPENMETRICS.to_owned(), "text/plain");

        let expected = concat!(
            "# HELP requests_total Requests.\n",
            "# TYPE requests_total counter\n",
            "requests_total{path=\"/#\\\"\"} 1\n",
            "# HELP target_info Who.\n",
            "# TYPE target_info gauge\n",
            "target_info{service_name=\"api\"} 1\n",
            "# HELP wait_seconds Waits.\n",
            "# TYPE wait_seconds histogram\n",
            "wait_seconds_bucket{le=\"+Inf\"} 1\n",
        );
        assert_eq!(exposition.body, expected);
    }
}

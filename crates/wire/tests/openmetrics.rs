//! `OpenMetrics` and the Prometheus text format: what the formats say is read, the rest refused.

use proptest::prelude::*;
use wire::openmetrics::Format::{OpenMetrics, Prometheus};
use wire::openmetrics::{Exposition, Format, Kind, parse};

fn valid(text: &str, format: Format) -> Exposition {
    parse(text, format).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn openmetrics(body: &str) -> Exposition {
    valid(&format!("{body}# EOF\n"), OpenMetrics)
}

/// The error of a body that lacks nothing but its `# EOF`.
fn check_openmetrics(body: &str, expected: &str) {
    let error = parse(&format!("{body}# EOF\n"), OpenMetrics);
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err(expected.to_owned()),
        "{body}"
    );
}

fn check_prometheus(text: &str, expected: &str) {
    let error = parse(text, Prometheus).map_err(|error| error.to_string());
    assert_eq!(error, Err(expected.to_owned()), "{text}");
}

const REQUESTS: &str = "\
# TYPE requests counter
# HELP requests Requests \\\"so far\\\".\\n
requests_total{route=\"/a\\\\\\\"\\n\",code=\"200\"} 3 1000.5 # {trace_id=\"ab\"} 0.25 1000.25
requests_created{route=\"/a\\\\\\\"\\n\",code=\"200\"} 999
requests_total{route=\"/b\",code=\"200\"} 1e1
# TYPE duration_seconds histogram
# UNIT duration_seconds seconds
duration_seconds_bucket{le=\"0.1\"} 2 # {} 0.05
duration_seconds_bucket{le=\"+Inf\"} 3
duration_seconds_count 3
duration_seconds_sum 1.5
# TYPE build info
build_info{version=\"1\"} 1
";

#[test]
fn an_openmetrics_text_is_read_whole() {
    let exposition = openmetrics(REQUESTS);

    let names: Vec<_> = exposition
        .families
        .iter()
        .map(|family| family.name.as_str())
        .collect();
    assert_eq!(names, ["requests", "duration_seconds", "build"]);
    let requests = exposition.family("requests").expect("requests");
    assert_eq!(requests.kind, Kind::Counter);
    assert_eq!(requests.help.as_deref(), Some("Requests \"so far\".\n"));
    let labels = [("code", "200"), ("route", "/a\\\"\n")];
    let sample = exposition
        .sample("requests_total", &labels)
        .expect("series");
    assert_eq!((sample.value, sample.timestamp), (3.0, Some(1000.5)));
    let exemplar = sample.exemplar.as_ref().expect("exemplar");
    assert_eq!(exemplar.labels["trace_id"], "ab");
    assert_eq!((exemplar.value, exemplar.timestamp), (0.25, Some(1000.25)));
    let duration = exposition.family("duration_seconds").expect("duration");
    assert_eq!(duration.unit.as_deref(), Some("seconds"));
    assert!(
        duration.samples[0]
            .exemplar
            .as_ref()
            .is_some_and(|found| found.labels.is_empty())
    );
}

#[test]
fn values_are_found_by_their_labels() {
    let exposition = openmetrics(REQUESTS);

    assert_eq!(
        exposition.value("requests_total", &[("route", "/b"), ("code", "200")]),
        Some(10.0)
    );
    assert_eq!(exposition.value("requests_total", &[("route", "/b")]), None);
    assert_eq!(exposition.value("duration_seconds_count", &[]), Some(3.0));
    assert_eq!(exposition.sum("requests_total", &[("code", "200")]), 13.0);
    assert_eq!(exposition.sum("requests_total", &[("code", "500")]), 0.0);
    assert_eq!(exposition.samples("duration_seconds_bucket").len(), 2);
}

#[test]
fn a_prometheus_text_is_read_whole() {
    let text = "\
# A comment, and an empty line.

#  HELP  requests_total \tSo \"far\" \\\\ \\n.
# TYPE requests_total counter
 requests_total { code = \"200\" , route=\"a\\\"b\", } 3 -1500\t
# HELP up
up 1
# TYPE up_seconds untyped
up_seconds NaN
# EOF
";
    let exposition = valid(text, Prometheus);

    let requests = exposition.family("requests_total").expect("requests");
    assert_eq!(requests.help.as_deref(), Some("So \"far\" \\ \n."));
    let sample = &requests.samples[0];
    assert_eq!((sample.value, sample.timestamp), (3.0, Some(-1.5)));
    assert_eq!(sample.label("route"), Some("a\"b"));
    let up = exposition.family("up").expect("up");
    assert_eq!((up.kind, up.help.as_deref()), (Kind::Unknown, Some("")));
    assert!(exposition.value("up_seconds", &[]).is_some_and(f64::is_nan));
}

#[test]
fn every_type_of_openmetrics_is_read() {
    openmetrics(
        "# TYPE a unknown\na 1\n\
         # TYPE b gauge\nb -1\n\
         # TYPE c gaugehistogram\nc_bucket{le=\"+Inf\"} 1\nc_gcount 1\nc_gsum -1\n\
         # TYPE d stateset\nd{d=\"on\"} 1\nd{d=\"off\"} 0\n\
         # TYPE e summary\ne{quantile=\"0.5\"} 1\ne{quantile=\"1\"} 2\ne_count 2\ne_sum 3\n\
         # TYPE f counter\n",
    );
    assert_eq!(valid("# EOF", OpenMetrics).families, []);
    assert_eq!(valid("", Prometheus).families, []);
}

#[test]
fn a_text_must_end_as_its_format_says() {
    let end = |text, format| parse(text, format).map_err(|error| error.to_string()).err();
    let eof = Some("line 1: text does not end in # EOF".to_owned());

    for text in ["", "a 1\n", "a 1# EOF\n", "# EOF\n\n", "# EOF\na 1\n"] {
        assert!(end(text, OpenMetrics).is_some(), "{text:?}");
    }
    assert_eq!(end("a 1\n", OpenMetrics), eof);
    assert_eq!(end("a 1# EOF\n", OpenMetrics), eof);
    check_prometheus("a 1", "line 1: text does not end in a line feed");
}

#[test]
fn openmetrics_has_no_liberties_of_space() {
    for body in [
        " a 1\n",
        "a  1\n",
        "a 1 \n",
        "a\t1\n",
        "a {b=\"1\"} 1\n",
        "a{ b=\"1\"} 1\n",
        "a{b=\"1\", c=\"1\"} 1\n",
        "a{b=\"1\",} 1\n",
        "\n",
        "# comment\n",
        "#TYPE a gauge\n",
        " # TYPE a gauge\n",
        "# TYPE  a gauge\n",
        "# HELP a\n",
        "a 1\r\n",
        "a{b=\"1\"}1\n",
    ] {
        assert!(
            parse(&format!("{body}# EOF\n"), OpenMetrics).is_err(),
            "{body:?}"
        );
    }
}

#[test]
fn names_numbers_and_escapes_are_checked() {
    for (body, expected) in [
        ("1a 1\n", "line 1: expected a metric name at byte 0"),
        ("a-b 1\n", "line 1: expected a space at byte 1"),
        (
            "a{b:c=\"1\"} 1\n",
            "line 1: expected an equals sign at byte 3",
        ),
        ("a{1b=\"1\"} 1\n", "line 1: expected a label name at byte 2"),
        ("a{b=1} 1\n", "line 1: expected an opening quote at byte 4"),
        ("a{b=\"1} 1\n", "line 1: expected a closing quote at byte 9"),
        ("a{b=\"\\t\"} 1\n", "line 1: unknown escape at byte 5"),
        ("a{b=\"1\",b=\"2\"} 1\n", "line 1: label b is there twice"),
        ("a one\n", "line 1: expected a number at byte 2"),
        ("a 0x1\n", "line 1: expected a number at byte 2"),
    ] {
        check_openmetrics(body, expected);
        check_prometheus(body, expected);
    }
    check_openmetrics(
        "# HELP a \"x\n",
        "line 1: expected an escape of the quote at byte 9",
    );
    check_openmetrics("a 1 NaN\n", "line 1: expected seconds at byte 4");
    check_prometheus("# HELP a \\\"x\n", "line 1: unknown escape at byte 9");
    check_prometheus("a 1 1.5\n", "line 1: expected whole milliseconds at byte 4");
    check_prometheus(
        "# TYPE a counter\na 1 # {b=\"c\"} 1\n",
        "line 2: expected the end of the line at byte 4",
    );
}

#[test]
fn descriptors_come_once_and_first() {
    check_openmetrics(
        "# TYPE a untyped\n",
        "line 1: \"untyped\" is no type of this format",
    );
    check_openmetrics("# TYPE a gauge\n# TYPE a gauge\n", "line 2: second # TYPE");
    check_openmetrics("# HELP a x\n# HELP a x\n", "line 2: second # HELP");
    check_openmetrics("# UNIT a_s s\n# UNIT a_s s\n", "line 2: second # UNIT");
    check_openmetrics("a 1\n# HELP a x\n", "line 2: # HELP after the samples");
    check_prometheus(
        "# TYPE a info\n",
        "line 1: \"info\" is no type of this format",
    );
    check_prometheus("a 1\n# TYPE a gauge\n", "line 2: # TYPE after the samples");
}

#[test]
fn families_and_series_are_in_one_place_only() {
    let interleaved = "a 1\nb 1\na{c=\"d\"} 1\n";
    check_openmetrics(interleaved, "line 3: family a is in two places");
    check_prometheus(interleaved, "line 3: family a is in two places");
    check_openmetrics("a 1\na 2\n", "line 2: second sample of series a{}");
    check_openmetrics("a 1 2\na 2 2\n", "line 2: second sample of series a{}");
    check_prometheus(
        "a{b=\"c\"} 1 1\na{b=\"c\"} 2 2\n",
        "line 2: second sample of series a{b=\"c\"}",
    );
    check_openmetrics(
        "a{b=\"1\"} 1 1\na{b=\"2\"} 1 1\na{b=\"1\"} 1 2\n",
        "line 3: the lines of a{b=\"1\"} are not together",
    );
    check_openmetrics(
        "# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n",
        "line 3: family a_total has the sample name a_total of another",
    );
    openmetrics("a 1 1\na 2 2\n");
}

#[test]
fn a_type_decides_names_values_and_labels() {
    check_openmetrics(
        "# TYPE a counter\na 1\n",
        "line 2: a sample of the counter a cannot be called a",
    );
    check_openmetrics(
        "# TYPE a counter\na_total -1\n",
        "line 2: a_total cannot be -1",
    );
    check_openmetrics(
        "# TYPE a counter\na_total NaN\n",
        "line 2: a_total cannot be NaN",
    );
    check_openmetrics("# TYPE a info\na_info 2\n", "line 2: a_info cannot be 2");
    check_openmetrics("# TYPE a stateset\na{a=\"b\"} 2\n", "line 2: a cannot be 2");
    check_openmetrics(
        "# TYPE a stateset\na 1\n",
        "line 2: a needs a valid label a",
    );
    check_openmetrics(
        "# TYPE a summary\na{quantile=\"1.1\"} 1\n",
        "line 2: a needs a valid label quantile",
    );
    check_prometheus(
        "# TYPE a summary\na 1\n",
        "line 2: a needs a valid label quantile",
    );
    check_prometheus(
        "# TYPE a summary\na{quantile=\"0.5\"} 1\na{quantile=\"0.1\"} 1\n",
        "line 3: a{quantile=\"0.1\"} does not increase",
    );
    check_openmetrics(
        "# UNIT a seconds\n",
        "line 1: family a cannot have the unit \"seconds\"",
    );
    check_openmetrics(
        "# UNIT a_b b\n# TYPE a_b info\n",
        "line 1: family a_b cannot have the unit \"b\"",
    );
}

#[test]
fn exemplars_belong_to_counters_and_buckets_and_are_short() {
    check_openmetrics(
        "# TYPE a gauge\na 1 # {} 1\n",
        "line 2: a cannot have an exemplar",
    );
    check_openmetrics(
        "# TYPE a counter\na_total 1\na_created 1 # {} 1\n",
        "line 3: a_created cannot have an exemplar",
    );
    let long = "x".repeat(128);
    check_openmetrics(
        &format!("# TYPE a counter\na_total 1 # {{b=\"{long}\"}} 1\n"),
        "line 2: exemplar has 129 characters of labels, above 128",
    );
    openmetrics(&format!(
        "# TYPE a counter\na_total 1 # {{b=\"{}\"}} 1\n",
        &long[1..]
    ));
    check_openmetrics(
        "# TYPE a counter\na_total 1 # {} x\n",
        "line 2: expected a number at byte 15",
    );
}

#[test]
fn buckets_increase_are_cumulative_and_end_with_infinity() {
    let histogram = |lines: &str| format!("# TYPE a histogram\n{lines}");
    for (lines, expected) in [
        ("a_bucket 1\n", "line 2: a_bucket needs a valid label le"),
        (
            "a_bucket{le=\"x\"} 1\n",
            "line 2: a_bucket needs a valid label le",
        ),
        (
            "a_bucket{le=\"1\"} 1\n",
            "line 2: a_bucket{le=\"1\"} has no bucket +Inf",
        ),
        (
            "a_count 1\na_sum 1\n",
            "line 2: a_count{} has no bucket +Inf",
        ),
        (
            "a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n",
            "line 3: a_bucket{le=\"1\"} does not increase",
        ),
        (
            "a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n",
            "line 3: buckets of a_bucket{le=\"+Inf\"} are not cumulative",
        ),
        (
            "a_bucket{le=\"+Inf\"} 1\na_count 2\n",
            "line 3: count of a_bucket{le=\"+Inf\"} is not that of its bucket +Inf",
        ),
        (
            "a_bucket{b=\"1\",le=\"+Inf\"} 1\na_bucket{b=\"2\",le=\"1\"} 1\n",
            "line 3: a_bucket{b=\"2\",le=\"1\"} has no bucket +Inf",
        ),
    ] {
        check_openmetrics(&histogram(lines), expected);
        check_prometheus(&histogram(lines), expected);
    }
    check_openmetrics(
        &histogram("a_bucket{le=\"+Inf\"} 1\na_sum 1\n"),
        "line 3: count of a_bucket{le=\"+Inf\"} is not that of its bucket +Inf",
    );
    check_openmetrics(
        &histogram("a_bucket{le=\"+Inf\"} 1.5\n"),
        "line 2: a_bucket cannot be 1.5",
    );
}

/// A label value or help text, written as `OpenMetrics` wants it.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('"', "\\\"")
}

fn encode(exposition: &Exposition) -> String {
    let mut text = String::new();
    for family in &exposition.families {
        let name = &family.name;
        text.push_str(&format!("# TYPE {name} {}\n", family.kind));
        if let Some(help) = &family.help {
            text.push_str(&format!("# HELP {name} {}\n", escape(help)));
        }
        for sample in &family.samples {
            let labels = encode_labels(&sample.labels);
            text.push_str(&format!("{}{labels} {}", sample.name, sample.value));
            if let Some(timestamp) = sample.timestamp {
                text.push_str(&format!(" {timestamp}"));
            }
            if let Some(exemplar) = &sample.exemplar {
                let labels = encode_labels(&exemplar.labels);
                text.push_str(&format!(" # {labels} {}", exemplar.value));
            }
            text.push('\n');
        }
    }
    text + "# EOF\n"
}

fn encode_labels(labels: &wire::openmetrics::Labels) -> String {
    let pairs = labels.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

mod strategies {
    use std::collections::BTreeMap;

    use super::*;
    use wire::openmetrics::{Exemplar, Family, Labels, Sample};

    fn labels() -> impl Strategy<Value = Labels> {
        prop::collection::btree_map("[a-z_][a-z0-9_]{0,5}", any::<String>(), 0..3)
    }

    fn exemplars() -> impl Strategy<Value = Option<Exemplar>> {
        let exemplar =
            ("[a-z]{1,8}", "\\PC{0,40}", -1e9..1e9).prop_map(|(name, label, value)| Exemplar {
                labels: Labels::from([(name, label)]),
                value,
                timestamp: None,
            });
        prop::option::of(exemplar)
    }

    fn points() -> impl Strategy<Value = BTreeMap<Labels, (f64, Option<f64>, Option<Exemplar>)>> {
        let point = (0.0..1e300, prop::option::of(-1e9..1e9), exemplars());
        prop::collection::btree_map(labels(), point, 0..4)
    }

    fn families() -> impl Strategy<Value = Family> {
        let parts = (any::<bool>(), prop::option::of(any::<String>()), points());
        parts.prop_map(|(counter, help, points)| {
            let (kind, suffix) = if counter {
                (Kind::Counter, "_total")
            } else {
                (Kind::Gauge, "")
            };
            let samples = points
                .into_iter()
                .map(|(labels, (value, timestamp, exemplar))| Sample {
                    name: suffix.to_owned(),
                    labels,
                    value,
                    timestamp,
                    exemplar: exemplar.filter(|_| counter),
                });
            Family {
                name: String::new(),
                kind,
                help,
                unit: None,
                samples: samples.collect(),
            }
        })
    }

    /// Counters and gauges under names that differ.
    pub(super) fn expositions() -> impl Strategy<Value = Exposition> {
        prop::collection::vec(families(), 0..4).prop_map(|mut families| {
            for (family, number) in families.iter_mut().zip(0..) {
                family.name = format!("family:{number}");
                for sample in &mut family.samples {
                    sample.name.insert_str(0, &family.name);
                }
            }
            Exposition {
                format: OpenMetrics,
                families,
            }
        })
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_parsed(exposition in strategies::expositions()) {
        prop_assert_eq!(valid(&encode(&exposition), OpenMetrics), exposition);
    }

    #[test]
    fn a_text_cut_short_is_an_error(
        exposition in strategies::expositions(),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = encode(&exposition);
        // Only the last line feed can be absent.
        let end = cut.index(text.len() - 1);
        let end = (0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();

        prop_assert!(parse(&text[..end], OpenMetrics).is_err());
    }

    #[test]
    fn arbitrary_text_does_not_panic(
        text in any::<String>(),
        near in "((# (TYPE|HELP|UNIT) |)a(_bucket|_sum|_total|)(\\{(le=\"[1-3\\\\]\",?){0,2}\\}|)( (1|NaN|gauge|histogram|# ))*\n?)*(# EOF)?",
    ) {
        for format in [OpenMetrics, Prometheus] {
            let _ = parse(&text, format);
            let _ = parse(&near, format);
        }
    }
}

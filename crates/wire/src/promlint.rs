//! The naming rules of Prometheus, applied to what is really exposed.

mod units;

use std::collections::BTreeSet;
use std::fmt;

use crate::openmetrics::{Exposition, Family, Format, Kind};

/// A family that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the family, in `OpenMetrics` without the suffixes of its samples.
    pub family: String,
    /// The rule.
    pub rule: Rule,
}

/// A rule, with what breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// There is no help text.
    NoHelp,
    /// A counter does not end in `_total`.
    CounterWithoutTotal,
    /// Something else than a counter ends in `_total`.
    TotalWithoutCounter,
    /// A suffix that histograms and summaries add to their names.
    ReservedSuffix(&'static str),
    /// A label that histograms or summaries add to their samples.
    ReservedLabel(&'static str),
    /// The type is part of the name.
    TypeInName(&'static str),
    /// A colon, which only recording rules may use.
    Colon,
    /// A metric or label name in camel case.
    CamelCase(String),
    /// A unit that is not a base unit.
    NotABaseUnit {
        /// The unit in the name.
        unit: String,
        /// The unit that should be there.
        base: &'static str,
    },
    /// A unit cut short.
    AbbreviatedUnit(&'static str),
    /// A unit with other words behind it.
    UnitIsNotASuffix(&'static str),
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.family, self.rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHelp => write!(out, "no help text"),
            Self::CounterWithoutTotal => write!(out, "a counter should end in _total"),
            Self::TotalWithoutCounter => write!(out, "only a counter should end in _total"),
            Self::ReservedSuffix(suffix) => write!(out, "the suffix {suffix} is reserved"),
            Self::ReservedLabel(label) => write!(out, "the label {label} is reserved"),
            Self::TypeInName(kind) => write!(out, "the type {kind} should not be in the name"),
            Self::Colon => write!(out, "a colon is for recording rules only"),
            Self::CamelCase(name) => write!(out, "{name} should be in snake case"),
            Self::NotABaseUnit { unit, base } => write!(out, "use {base} instead of {unit}"),
            Self::AbbreviatedUnit(unit) => write!(out, "the unit {unit} is abbreviated"),
            Self::UnitIsNotASuffix(unit) => write!(out, "the unit {unit} should end the name"),
        }
    }
}

/// Every broken rule, family by family.
pub fn lint(exposition: &Exposition) -> Vec<Finding> {
    let mut findings = Vec::new();
    for family in &exposition.families {
        for rule in broken_rules(family, exposition.format) {
            findings.push(Finding {
                family: family.name.clone(),
                rule,
            });
        }
    }
    findings
}

fn broken_rules(family: &Family, format: Format) -> Vec<Rule> {
    let name = full_name(family, format);
    let mut rules = Vec::new();
    if family.help.as_deref().unwrap_or_default().is_empty() {
        rules.push(Rule::NoHelp);
    }
    total(family.kind, &name, &mut rules);
    reserved(family, &name, &mut rules);
    type_in_name(&name, &mut rules);
    spelling(family, &name, &mut rules);
    units::check(&name, &mut rules);
    rules
}

/// The name as queries use it.
fn full_name(family: &Family, format: Format) -> String {
    match (family.kind, format) {
        (Kind::Counter, Format::OpenMetrics) => format!("{}_total", family.name),
        _ => family.name.clone(),
    }
}

fn total(kind: Kind, name: &str, rules: &mut Vec<Rule>) {
    match (kind, name.ends_with("_total")) {
        (Kind::Counter, false) => rules.push(Rule::CounterWithoutTotal),
        (Kind::Counter | Kind::Unknown, _) | (_, false) => {}
        (_, true) => rules.push(Rule::TotalWithoutCounter),
    }
}

fn reserved(family: &Family, name: &str, rules: &mut Vec<Rule>) {
    if family.kind == Kind::Unknown {
        return;
    }
    let histogram = matches!(family.kind, Kind::Histogram | Kind::GaugeHistogram);
    let summary = family.kind == Kind::Summary;
    for (suffix, permitted) in [
        ("_bucket", histogram),
        ("_count", histogram || summary),
        ("_sum", histogram || summary),
    ] {
        if name.ends_with(suffix) && !permitted {
            rules.push(Rule::ReservedSuffix(suffix));
        }
    }
    for (label, permitted) in [("le", histogram), ("quantile", summary)] {
        let used = |sample: &crate::openmetrics::Sample| sample.label(label).is_some();
        if family.samples.iter().any(used) && !permitted {
            rules.push(Rule::ReservedLabel(label));
        }
    }
}

fn type_in_name(name: &str, rules: &mut Vec<Rule>) {
    let name = name.to_ascii_lowercase();
    for kind in [
        "counter",
        "gauge",
        "gauge_histogram",
        "histogram",
        "summary",
    ] {
        let inside = name.contains(&format!("_{kind}_"));
        if inside || name.ends_with(&format!("_{kind}")) {
            rules.push(Rule::TypeInName(kind));
        }
    }
}

fn spelling(family: &Family, name: &str, rules: &mut Vec<Rule>) {
    if name.contains(':') {
        rules.push(Rule::Colon);
    }
    let labels = family
        .samples
        .iter()
        .flat_map(|sample| sample.labels.keys());
    let names: BTreeSet<&str> = labels.map(String::as_str).collect();
    for name in std::iter::once(name).chain(names) {
        if is_camel_case(name) {
            rules.push(Rule::CamelCase(name.to_owned()));
        }
    }
}

fn is_camel_case(name: &str) -> bool {
    let pairs = name.as_bytes().windows(2);
    let mut humps =
        pairs.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    humps.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openmetrics::parse;

    /// The rules that a family breaks, in words.
    fn check(text: &str, expected: &[&str]) {
        let exposition = parse(text, Format::Prometheus).expect("valid text");
        let found: Vec<_> = lint(&exposition).iter().map(Finding::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }

    /// The rules that a gauge of this name breaks, in words.
    fn check_name(name: &str, expected: &[&str]) {
        let text = format!("# HELP {name} Help.\n# TYPE {name} gauge\n{name} 1\n");
        let expected: Vec<_> = expected
            .iter()
            .map(|rule| format!("{name}: {rule}"))
            .collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(&text, &expected);
    }

    #[test]
    fn a_help_text_is_needed() {
        check("# TYPE a gauge\na 1\n", &["a: no help text"]);
        check("# HELP a \n# TYPE a gauge\na 1\n", &["a: no help text"]);
    }

    #[test]
    fn total_marks_counters() {
        check(
            "# HELP a A.\n# TYPE a counter\na 1\n",
            &["a: a counter should end in _total"],
        );
        check_name("a_total", &["only a counter should end in _total"]);
        check(
            "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n",
            &[],
        );
        check("# HELP a_total A.\na_total 1\n", &[]);
    }

    #[test]
    fn an_openmetrics_counter_has_its_total_already() {
        let text = "# HELP a A.\n# TYPE a counter\na_total 1\n# EOF\n";
        let exposition = parse(text, Format::OpenMetrics).expect("valid text");

        assert_eq!(lint(&exposition), []);
    }

    #[test]
    fn suffixes_and_labels_of_other_types_are_reserved() {
        check_name("a_bucket", &["the suffix _bucket is reserved"]);
        check_name("a_count", &["the suffix _count is reserved"]);
        check_name("a_sum", &["the suffix _sum is reserved"]);
        check(
            "# HELP a A.\n# TYPE a gauge\na{le=\"1\",quantile=\"1\"} 1\n",
            &[
                "a: the label le is reserved",
                "a: the label quantile is reserved",
            ],
        );
        check(
            "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
            &[],
        );
        check("# HELP a A.\na{le=\"1\"} 1\n", &[]);
    }

    #[test]
    fn the_type_is_no_part_of_the_name() {
        check_name("a_gauge", &["the type gauge should not be in the name"]);
        check_name(
            "a_counter_value",
            &["the type counter should not be in the name"],
        );
        check_name("gauges", &[]);
    }

    #[test]
    fn names_are_in_snake_case_without_colons() {
        check_name("a:b", &["a colon is for recording rules only"]);
        check_name("requestCount", &["requestCount should be in snake case"]);
        check(
            "# HELP a A.\n# TYPE a gauge\na{statusCode=\"1\"} 1\na{statusCode=\"2\"} 1\n",
            &["a: statusCode should be in snake case"],
        );
    }

    #[test]
    fn units_are_base_units_in_full_at_the_end() {
        check_name("a_milliseconds", &["use seconds instead of milliseconds"]);
        check_name("a_minutes", &["use seconds instead of minutes"]);
        check_name("a_mebibytes", &["use bytes instead of mebibytes"]);
        check_name("a_fahrenheit", &["use celsius instead of fahrenheit"]);
        check_name("a_ms", &["the unit ms is abbreviated"]);
        check_name("a_kb_used", &["the unit kb is abbreviated"]);
        check_name("a_bytes_used", &["the unit bytes should end the name"]);
        check_name("a_seconds", &[]);
        check_name("kilogram_things", &[]);
        check(
            "# HELP a_seconds_total A.\n# TYPE a_seconds_total counter\na_seconds_total 1\n",
            &[],
        );
    }
}

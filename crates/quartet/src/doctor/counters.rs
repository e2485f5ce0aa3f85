//! Counters of a program, read off its metrics.
//!
//! Not by `wire`, which is strict: a backend whose exposition has a flaw would otherwise look as if it were down.

/// What one program counts at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counters(String);

impl Counters {
    pub(crate) fn new(exposition: String) -> Self {
        Self(exposition)
    }

    /// The sum of all series of a name whose labels hold every one of these texts; none if there is no such series.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> Option<f64> {
        self.series(name)
            .filter(|(found, _)| labels.iter().all(|label| found.contains(label)))
            .map(|(_, value)| value)
            .reduce(|sum, value| sum + value)
    }

    /// The value of each series of a name, by one of its labels.
    pub(crate) fn by(&self, name: &str, label: &str) -> Vec<(String, f64)> {
        let opening = format!("{label}=\"");
        self.series(name)
            .filter_map(|(labels, value)| {
                let behind = labels.split_once(&opening)?.1;
                Some((behind.split('"').next()?.to_owned(), value))
            })
            .collect()
    }

    fn series<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(inside) => inside.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            // A time may stand behind the value.
            Some((labels, value.split(' ').next()?.parse().ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Counters;

    #[test]
    fn series_are_found_by_name_and_labels() {
        let counters = Counters::new(
            "# TYPE a_total counter\na_total{x=\"1\",y=\"b}c\"} 2\na_total{x=\"2\"} 3 1700000000000\n\
             a_total_more 9\nplain 4\n"
                .to_owned(),
        );

        assert_eq!(counters.sum("a_total", &[]), Some(5.0));
        assert_eq!(counters.sum("a_total", &["x=\"2\""]), Some(3.0));
        assert_eq!(counters.sum("plain", &[]), Some(4.0));
        assert_eq!(counters.sum("absent", &[]), None);
        assert_eq!(
            counters.by("a_total", "x"),
            [("1".to_owned(), 2.0), ("2".to_owned(), 3.0)]
        );
    }
}

use std::collections::BTreeMap;

use super::{gaps, restart};
use crate::stores::metrics::Series;

fn series(points: Vec<(i64, f64)>) -> Series {
    let labels = BTreeMap::from([("service_name".to_owned(), "api".to_owned())]);
    Series { labels, points }
}

/// A sample every two seconds, at these.
fn up(seconds: impl Iterator<Item = i64>) -> Series {
    series(seconds.map(|second| (second * 2_000, 1.0)).collect())
}

#[test]
fn a_gap_is_told_with_its_times() {
    let told = gaps(&up((0..30).chain(42..60).chain(70..90))).unwrap();

    assert_eq!(
        told,
        "VictoriaMetrics has no metrics of api for 48 s of the last hour, at most from 00:00:58 to 00:01:24 UTC"
    );
}

#[test]
fn one_sample_may_be_missing() {
    assert_eq!(gaps(&up((0..30).chain(31..60))), None);
    assert_eq!(gaps(&up(0..30)), None);
    assert_eq!(gaps(&up(0..1)), None);
    assert_eq!(gaps(&up(0..0)), None);
}

#[test]
fn the_memory_of_a_tempo_that_began_anew_is_counted() {
    let began = series(vec![
        (10_000, 5.0),
        (12_000, 5.0),
        (20_000, 18.0),
        (22_000, 18.0),
    ]);
    let live = series(vec![(10_000, 30.0), (12_000, 42.0), (20_000, 0.0)]);

    let told = restart(std::slice::from_ref(&began), &[live]).unwrap();

    assert!(
        told.starts_with("Tempo began anew at 00:00:18 UTC"),
        "{told}"
    );
    assert!(told.ends_with("about 42"), "{told}");
    let same = series(began.points[..2].to_vec());
    assert_eq!(restart(&[same], &[]), None);
}

#[test]
fn a_clock_that_is_set_is_no_restart() {
    for another in [6.0, 15.0] {
        let began = series(vec![(20_000, 5.0), (22_000, 5.0), (24_000, another)]);
        let live = series(vec![(20_000, 30.0)]);
        assert_eq!(restart(&[began], &[live]), None, "{another}");
    }
}

//! Each thing that can be wrong, and the hop that must be named.

use super::{Finding, explain};
use crate::doctor::facts::{Facts, Signal};

fn facts(signal: Signal) -> Facts {
    Facts {
        service: "api",
        signal,
        viewed: false,
        service_silent: None,
        made: Some(10.0),
        dropped: Vec::new(),
        left: Some(10.0),
        collector_silent: None,
        taken: Some(10.0),
        refused: 0.0,
        forwarded: Some(10.0),
        failed: Vec::new(),
        store_silent: None,
        discarded: Vec::new(),
        held: 10.0,
        missing: None,
        known: vec!["api".to_owned()],
        clock: Some(0),
        sampled: (10, 10),
        labelled: true,
    }
}

fn wrong(signal: Signal, change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts(signal);
    change(&mut facts);
    facts
}

/// The same, with nothing in the store.
fn gone(signal: Signal, change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = wrong(signal, change);
    facts.held = 0.0;
    facts
}

/// What is wrong, in which hop it must be found, and a word of the reason.
fn cases() -> Vec<(Facts, &'static str, &'static str)> {
    use Signal::{Lines, Metrics, Profiles, Spans};
    let counts = |reason: &str| vec![(reason.to_owned(), 3.0)];
    let said = |text: &str| Some(text.to_owned());
    let other = || vec!["other".to_owned()];
    vec![
        (
            wrong(Spans, |it| it.service_silent = said("refused")),
            "api",
            "refused",
        ),
        (
            wrong(Spans, |it| it.made = None),
            "api",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
        (
            wrong(Profiles, |it| it.made = None),
            "api",
            "PYROSCOPE_SERVER_ADDRESS",
        ),
        (
            wrong(Spans, |it| it.dropped = counts("queue_full")),
            "api",
            "3 (queue_full)",
        ),
        (
            wrong(Spans, |it| {
                it.dropped = counts("timeout");
                it.collector_silent = said("no answer");
            }),
            "Alloy",
            "no answer",
        ),
        (
            wrong(Profiles, |it| {
                it.dropped = counts("rejected");
                it.store_silent = said("down");
            }),
            "Alloy → Pyroscope",
            "down",
        ),
        (
            gone(Spans, |it| it.left = Some(0.0)),
            "api",
            "nothing left it",
        ),
        (
            wrong(Spans, |it| it.collector_silent = said("no answer")),
            "Alloy",
            "no answer",
        ),
        (wrong(Spans, |it| it.refused = 2.0), "Alloy", "refused 2"),
        (
            gone(Spans, |it| it.taken = Some(0.0)),
            "api → Alloy",
            "points elsewhere",
        ),
        (
            gone(Lines, |it| it.taken = Some(0.0)),
            "api → Alloy",
            "ALLOY_LINES_FOLDER",
        ),
        (
            gone(Metrics, |it| it.taken = Some(0.0)),
            "api → Alloy",
            "scrapes",
        ),
        (
            gone(Lines, |it| {
                (it.taken, it.store_silent) = (Some(0.0), said("down"))
            }),
            "Alloy → Loki",
            "down",
        ),
        (
            wrong(Spans, |it| it.failed = vec![(String::new(), 7.0)]),
            "Alloy → Tempo",
            "gave up 7,",
        ),
        (
            wrong(Metrics, |it| {
                it.failed = counts("unintentionally_dropped_series")
            }),
            "Alloy → VictoriaMetrics",
            "restart Alloy",
        ),
        (
            gone(Spans, |it| it.forwarded = Some(0.0)),
            "Alloy → Tempo",
            "forwarded nothing",
        ),
        (
            gone(Lines, |it| it.discarded = counts("too_old")),
            "Loki",
            "3 (too_old)",
        ),
        (gone(Lines, |it| it.known = other()), "Loki", "only other"),
        (
            gone(Lines, |it| {
                it.discarded = counts("greater_than_max_sample_age")
            }),
            "Loki",
            "see reject_old_samples_max_age",
        ),
        (gone(Spans, |_| ()), "Alloy → Tempo", "block_retention"),
        (
            wrong(Spans, |it| it.clock = Some(3600)),
            "api",
            "3600 s ahead of",
        ),
        (
            wrong(Spans, |it| it.clock = Some(-3600)),
            "api",
            "3600 s behind",
        ),
        (
            gone(Profiles, |it| {
                it.clock = Some(-3600);
                it.discarded = counts("not_in_ingestion_window");
            }),
            "api",
            "Pyroscope discards 3 (not_in_ingestion_window: see reject_older_than",
        ),
    ]
}

#[test]
fn the_first_hop_that_lost_it_is_named() {
    for (facts, place, word) in cases() {
        let Finding::Lost { hop, reason } = explain(&facts) else {
            panic!("not lost: {facts:?}");
        };
        assert_eq!(hop, place, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn what_is_there_is_fine() {
    for signal in Signal::ALL {
        assert_eq!(explain(&facts(signal)).sentence(), "fine");
    }
    let scraped = wrong(Signal::Metrics, |it| it.clock = Some(3600));
    assert_eq!(explain(&scraped).sentence(), "fine");
    let plain = wrong(Signal::Profiles, |it| it.labelled = false);
    assert!(explain(&plain).sentence().contains("frame pointers"));
}

#[test]
fn sampling_is_a_setting_and_no_loss() {
    let none = gone(Signal::Spans, |it| {
        (it.made, it.left, it.taken, it.sampled) = (Some(0.0), Some(0.0), Some(0.0), (1, 10));
    });

    assert!(matches!(explain(&none), Finding::NotSent { .. }));
}

/// The same facts where the console is all that stands behind services.
fn viewed(signal: Signal, change: impl FnOnce(&mut Facts)) -> Facts {
    wrong(signal, |it| {
        (it.viewed, it.forwarded) = (true, None);
        change(it);
    })
}

#[test]
fn with_the_console_the_first_of_two_hops_is_named() {
    use Signal::{Lines, Metrics, Profiles, Spans};
    let said = |text: &str| Some(text.to_owned());
    let counts = |reason: &str| vec![(reason.to_owned(), 3.0)];
    let cases = [
        (
            viewed(Spans, |it| it.dropped = counts("queue_full")),
            "api",
            "3 (queue_full)",
        ),
        (
            viewed(Profiles, |it| it.left = Some(0.0)),
            "api",
            "does the console listen",
        ),
        (
            viewed(Spans, |it| {
                (it.dropped, it.store_silent) = (counts("timeout"), said("no answer"))
            }),
            "console",
            "no answer",
        ),
        (
            viewed(Lines, |it| it.discarded = counts("too_large")),
            "console",
            "refuses 3 (too_large)",
        ),
        (
            viewed(Metrics, |it| {
                (it.held, it.missing) = (0.0, said("no metrics from api: refused"))
            }),
            "api → console",
            "refused: see QUARTET_CONSOLE_SCRAPE",
        ),
        (
            viewed(Lines, |it| it.held = 0.0),
            "api → console",
            "QUARTET_CONSOLE_LOG_FILES",
        ),
        (
            viewed(Spans, |it| it.held = 0.0),
            "api → console",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
    ];
    for (facts, place, word) in cases {
        let Finding::Lost { hop, reason } = explain(&facts) else {
            panic!("not lost: {facts:?}");
        };
        assert_eq!(hop, place, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn with_the_console_what_is_there_or_not_asked_for_is_no_loss() {
    for signal in Signal::ALL {
        assert_eq!(explain(&viewed(signal, |_| ())).sentence(), "fine");
    }
    // Another service's scrape may have failed.
    let of_other = viewed(Signal::Metrics, |it| {
        it.discarded = vec![("scrape".to_owned(), 1.0)]
    });
    assert_eq!(explain(&of_other).sentence(), "fine");
    for signal in [Signal::Spans, Signal::Profiles] {
        let unset = viewed(signal, |it| it.made = None);
        assert!(matches!(explain(&unset), Finding::NotSent { .. }));
    }
}

//! From counts to a sentence: the first hop that lost it, or the setting that explains it.

use super::facts::{Facts, Signal};

/// How far a clock may be off: more, and a panel of the last minutes shows nothing.
const CLOCK_SECONDS: i64 = 5;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    /// It is where it should be.
    Fine { remark: String },
    /// It is not sent, and that is how it was set.
    NotSent { reason: String },
    /// It was lost between these two, or in one of them.
    Lost { hop: String, reason: String },
}

impl Finding {
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Fine { remark } if remark.is_empty() => "fine".to_owned(),
            Self::Fine { remark } => format!("fine; {remark}"),
            Self::NotSent { reason } => format!("not sent: {reason}"),
            Self::Lost { hop, reason } => format!("LOST at {hop}: {reason}"),
        }
    }
}

/// Walks the hops in their order and stops at the first that explains what is missing.
pub(crate) fn explain(facts: &Facts) -> Finding {
    let lost = |hop: String, reason: String| Finding::Lost { hop, reason };
    let (service, store) = (facts.service, facts.signal.store());
    if let Some(reason) = &facts.service_silent {
        return lost(service.to_owned(), reason.clone());
    }
    if !facts.collected {
        return alone(facts);
    }
    if let Some(ahead) = facts.clock.filter(|ahead| ahead.abs() > CLOCK_SECONDS) {
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        let discarded = listed(&facts.discarded);
        let discarded = if discarded.is_empty() {
            discarded
        } else {
            format!("; {store} discards {discarded}")
        };
        return lost(
            service.to_owned(),
            format!("its clock is {} s {side} ours{discarded}", ahead.abs()),
        );
    }
    if facts.made.is_none() {
        return lost(
            service.to_owned(),
            format!(
                "{} is not set, so it sends no {}",
                facts.signal.setting(),
                facts.signal.word()
            ),
        );
    }
    let (sampled, all) = facts.sampled;
    if facts.signal == Signal::Spans && facts.made == Some(0.0) && sampled < all {
        return Finding::NotSent {
            reason: "no request that reached it was sampled: see OTEL_TRACES_SAMPLER".to_owned(),
        };
    }
    if let Some(reason) = at_service(facts).filter(|_| !nobody_took_it(facts)) {
        return lost(service.to_owned(), reason);
    }
    if let Some(reason) = &facts.collector_silent {
        return lost("Alloy".to_owned(), reason.clone());
    }
    if facts.refused > 0.0 {
        return lost(
            "Alloy".to_owned(),
            format!("it refused {:.0}", facts.refused),
        );
    }
    // Alloy reads no further lines while nobody takes them.
    if let Some(reason) = &facts.store_silent {
        return lost(format!("Alloy → {store}"), reason.clone());
    }
    if facts.taken == Some(0.0) && facts.held == 0.0 {
        return lost(format!("{service} → Alloy"), between(facts));
    }
    if facts.failed > 0.0 {
        return lost(
            format!("Alloy → {store}"),
            format!(
                "Alloy gave up {:.0}, of all services together",
                facts.failed
            ),
        );
    }
    if !facts.discarded.is_empty() {
        return lost(
            store.to_owned(),
            format!("it discards {}", listed(&facts.discarded)),
        );
    }
    if facts.held == 0.0 {
        return missing(facts);
    }
    Finding::Fine {
        remark: remark(facts),
    }
}

/// Without a collector the service is the last hop that can be asked.
fn alone(facts: &Facts) -> Finding {
    let setting = facts.signal.setting();
    if facts.made.is_none() {
        return Finding::NotSent {
            reason: format!("{setting} is not set"),
        };
    }
    if let Some(reason) = at_service(facts) {
        return Finding::Lost {
            hop: facts.service.to_owned(),
            reason,
        };
    }
    let remark = match facts.signal {
        Signal::Metrics => "on its /metrics, for whoever reads them".to_owned(),
        Signal::Lines => "in `just logs`".to_owned(),
        Signal::Spans | Signal::Profiles => {
            format!("taken by whoever listens where {setting} points")
        }
    };
    Finding::Fine { remark }
}

/// Whether the service is not to blame for what it could not get rid of. Alloy keeps no profile: what Pyroscope does
/// not take, it does not take either.
fn nobody_took_it(facts: &Facts) -> bool {
    match facts.signal {
        Signal::Metrics | Signal::Lines => false,
        Signal::Spans => facts.collector_silent.is_some(),
        Signal::Profiles => facts.collector_silent.is_some() || facts.store_silent.is_some(),
    }
}

/// What the service could not get rid of, by itself or because nobody took it.
fn at_service(facts: &Facts) -> Option<String> {
    if !facts.dropped.is_empty() {
        let words = listed(&facts.dropped);
        return Some(format!("it could not get rid of {words}"));
    }
    let made = facts.made.unwrap_or(0.0);
    // Lines and metrics have left as soon as they are made.
    let nothing_left = facts.left == Some(0.0) && made > 0.0;
    nothing_left.then(|| {
        format!(
            "nothing left it: does Alloy listen where {} points?",
            facts.signal.setting()
        )
    })
}

fn between(facts: &Facts) -> String {
    match facts.signal {
        Signal::Metrics => "Alloy's scrapes of its operations port fail".to_owned(),
        Signal::Lines => {
            "Alloy reads no line of it: is ALLOY_LINES_FOLDER where the logs are?".to_owned()
        }
        Signal::Spans | Signal::Profiles => format!(
            "what left it did not come to this Alloy: {} points elsewhere",
            facts.signal.setting()
        ),
    }
}

/// Everything went well, and still the store does not have it.
fn missing(facts: &Facts) -> Finding {
    let store = facts.signal.store();
    let unknown = !facts.known.is_empty() && !facts.known.iter().any(|name| name == facts.service);
    if unknown {
        return Finding::Lost {
            hop: store.to_owned(),
            reason: format!(
                "no label service_name is {}, only {}",
                facts.service,
                facts.known.join(", ")
            ),
        };
    }
    let reason = match facts.forwarded {
        Some(0.0) => "Alloy has forwarded nothing yet",
        _ => "it has none from the time of our requests: older than the retention, or late",
    };
    Finding::Lost {
        hop: format!("Alloy → {store}"),
        reason: reason.to_owned(),
    }
}

fn remark(facts: &Facts) -> String {
    if facts.signal == Signal::Profiles && !facts.labelled {
        return "but samples carry no span: was it built without frame pointers?".to_owned();
    }
    String::new()
}

pub(super) fn listed(counts: &[(String, f64)]) -> String {
    let words: Vec<_> = counts
        .iter()
        .map(|(reason, count)| format!("{count:.0} ({reason})"))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Facts, Signal};
    use super::{Finding, explain};

    fn facts(signal: Signal) -> Facts {
        Facts {
            service: "api",
            signal,
            collected: true,
            service_silent: None,
            made: Some(10.0),
            dropped: Vec::new(),
            left: Some(10.0),
            collector_silent: None,
            taken: Some(10.0),
            refused: 0.0,
            forwarded: Some(10.0),
            failed: 0.0,
            store_silent: None,
            discarded: Vec::new(),
            held: 10.0,
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
                wrong(Spans, |it| it.failed = 7.0),
                "Alloy → Tempo",
                "gave up 7",
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
            (gone(Spans, |_| ()), "Alloy → Tempo", "retention"),
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

    #[test]
    fn without_a_collector_the_service_is_asked_alone() {
        let alone = |signal, change: fn(&mut Facts)| {
            explain(&gone(signal, |it| {
                it.collected = false;
                change(it);
            }))
        };

        for signal in Signal::ALL {
            let found = alone(signal, |_| ());
            assert!(matches!(found, Finding::Fine { .. }), "{signal:?}");
        }
        for signal in [Signal::Spans, Signal::Profiles] {
            let unset = alone(signal, |it| it.made = None);
            let stuck = alone(signal, |it| it.left = Some(0.0));
            assert!(matches!(unset, Finding::NotSent { .. }));
            assert!(matches!(stuck, Finding::Lost { .. }));
        }
    }
}

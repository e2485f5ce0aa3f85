//! From counts to a sentence: the first hop that lost it, or the setting that explains it.

mod viewed;

use super::facts::{Facts, Signal};

#[cfg(test)]
mod tests;

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
    if facts.viewed {
        return viewed::explain(facts);
    }
    if let Some(reason) = off_clock(facts) {
        return lost(service.to_owned(), reason);
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
    if !facts.failed.is_empty() {
        return lost(
            format!("Alloy → {store}"),
            format!(
                "Alloy gave up {}, of all services together",
                with_advice(&facts.failed)
            ),
        );
    }
    if !facts.discarded.is_empty() {
        return lost(
            store.to_owned(),
            format!("it discards {}", with_advice(&facts.discarded)),
        );
    }
    if facts.held == 0.0 {
        return missing(facts);
    }
    Finding::Fine {
        remark: remark(facts),
    }
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

/// How its clock differs from ours, and what the store makes of it. Samples have the time of who scrapes them.
fn off_clock(facts: &Facts) -> Option<String> {
    let ahead = facts.clock.filter(|ahead| ahead.abs() > CLOCK_SECONDS)?;
    if facts.signal == Signal::Metrics {
        return None;
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let mut reason = format!("its clock is {} s {side} ours", ahead.abs());
    if !facts.discarded.is_empty() {
        let (store, discarded) = (facts.signal.store(), with_advice(&facts.discarded));
        reason.push_str(&format!("; {store} discards {discarded}"));
    }
    Some(reason)
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
    let listener = if facts.viewed { "the console" } else { "Alloy" };
    nothing_left.then(|| {
        format!(
            "nothing left it: does {listener} listen where {} points?",
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
        // A counter that never counted is not there.
        None | Some(0.0) => "Alloy has forwarded nothing yet".to_owned(),
        _ => format!(
            "it has none from the time of our requests: late, or older than its {}",
            facts.signal.retention()
        ),
    };
    Finding::Lost {
        hop: format!("Alloy → {store}"),
        reason,
    }
}

fn remark(facts: &Facts) -> String {
    if facts.signal == Signal::Profiles && !facts.labelled {
        return "but samples carry no span: was it built without frame pointers?".to_owned();
    }
    String::new()
}

/// The words by which something is discarded or given up, each with what to look at or to do.
pub(super) fn with_advice(counts: &[(String, f64)]) -> String {
    let words: Vec<_> = counts
        .iter()
        .map(|(word, count)| match advice(word) {
            Some(advice) => (format!("{word}: {advice}"), *count),
            None => (word.clone(), *count),
        })
        .collect();
    listed(&words)
}

fn advice(word: &str) -> Option<&'static str> {
    Some(match word {
        "greater_than_max_sample_age" => "see reject_old_samples_max_age",
        "too_far_behind" => "see max_chunk_age",
        "too_far_in_future" => "see creation_grace_period",
        "not_in_ingestion_window" => "see reject_older_than, reject_newer_than",
        "small_timestamp" => "see -retentionPeriod",
        "big_timestamp" => "see -futureRetention",
        "unintentionally_dropped_series" => {
            "series that began while Alloy's disk was full; restart Alloy"
        }
        _ => return None,
    })
}

pub(super) fn listed(counts: &[(String, f64)]) -> String {
    let words: Vec<_> = counts
        .iter()
        .map(|(reason, count)| match reason.as_str() {
            "" => format!("{count:.0}"),
            reason => format!("{count:.0} ({reason})"),
        })
        .collect();
    words.join(", ")
}

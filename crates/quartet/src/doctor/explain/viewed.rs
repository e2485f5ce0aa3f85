//! The same where services send to the console, and nothing stands in between.

use super::{Finding, at_service, listed, remark};
use crate::doctor::facts::{Facts, Signal};

const CONSOLE: &str = "console";

/// Walks the hops in their order and stops at the first that explains what is missing.
pub(super) fn explain(facts: &Facts) -> Finding {
    let lost = |hop: String, reason: String| Finding::Lost { hop, reason };
    let service = facts.service;
    if facts.made.is_none() {
        return Finding::NotSent {
            reason: format!("{} is not set", facts.signal.setting()),
        };
    }
    let (sampled, all) = facts.sampled;
    if facts.signal == Signal::Spans && facts.made == Some(0.0) && sampled < all {
        return Finding::NotSent {
            reason: "no request that reached it was sampled: see OTEL_TRACES_SAMPLER".to_owned(),
        };
    }
    // A service cannot get rid of what nobody takes.
    if let Some(reason) = &facts.store_silent {
        return lost(CONSOLE.to_owned(), reason.clone());
    }
    if let Some(reason) = at_service(facts) {
        return lost(service.to_owned(), reason);
    }
    // A scrape that fails is counted there too, and may be another service's.
    if !facts.discarded.is_empty() && (facts.signal != Signal::Metrics || facts.held == 0.0) {
        let reason = format!("it refuses {}", listed(&facts.discarded));
        return lost(CONSOLE.to_owned(), reason);
    }
    if facts.held == 0.0 {
        return lost(format!("{service} → {CONSOLE}"), missing(facts));
    }
    Finding::Fine {
        remark: remark(facts),
    }
}

/// What the console says itself; that something came, only not ours, is explained by the setting.
fn missing(facts: &Facts) -> String {
    let setting = match facts.signal {
        Signal::Metrics => "QUARTET_CONSOLE_SCRAPE",
        Signal::Lines => "QUARTET_CONSOLE_LOG_FILES",
        Signal::Spans | Signal::Profiles => facts.signal.setting(),
    };
    match &facts.missing {
        Some(reason) => format!("{reason}: see {setting}"),
        None => {
            format!("it has none of our requests, only others: late, or {setting} points elsewhere")
        }
    }
}

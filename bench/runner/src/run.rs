//! One run of one variant, in a process of its own.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use nix::unistd::Pid;
use serde::Serialize;
use variants::Variant;

use crate::cpu;
use crate::load::{Answered, Load};
use crate::scrape::{self, Scraper};
use crate::server::Server;
use crate::sinks::Sinks;

const WARM_UP: Duration = Duration::from_secs(1);

/// What a request costs at a fixed rate.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Fixed {
    pub(crate) cpu_micros: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
    /// Cores that neither server nor runner used, but somebody did.
    pub(crate) others: f64,
}

/// What the server does at most.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Saturated {
    pub(crate) per_second: f64,
    pub(crate) cpu_micros: f64,
    /// The share of its core that the server had; below 1 something else was the limit.
    pub(crate) core: f64,
    pub(crate) spans_lost: f64,
    pub(crate) lines_lost: f64,
    pub(crate) others: f64,
}

/// A server under test and all that is around it.
struct Running<'a> {
    server: Server,
    variant: Variant,
    load: Load,
    scraper: Option<Scraper>,
    sinks: &'a Sinks,
    spans_before: u64,
    profile_bytes_before: u64,
    requests: u64,
}

/// What was used while something was measured.
struct Used {
    server: Duration,
    others: Duration,
}

/// What came of all requests of a server's life.
struct Outcome {
    requests: u64,
    spans: u64,
    lines: u64,
    profile_bytes: u64,
    /// Ready-made crates trace them too.
    scrapes: u64,
}

pub(crate) fn at_rate(
    binary: &Path,
    variant: Variant,
    sinks: &Sinks,
    rate: u32,
    duration: Duration,
) -> anyhow::Result<Fixed> {
    let mut running = Running::start(binary, variant, sinks)?;
    running.requests += running.load.at_rate(rate, WARM_UP)?.requests;
    let (answered, used) = running.measured(|load| load.at_rate(rate, duration))?;
    running.lost_nothing()?;
    running.finish()?.is_complete(variant)?;
    Ok(Fixed {
        cpu_micros: micros(used.server) / answered.requests as f64,
        p50_micros: micros(answered.quantile(0.5)),
        p99_micros: micros(answered.quantile(0.99)),
        others: used.others.div_duration_f64(answered.elapsed),
    })
}

pub(crate) fn saturated(
    binary: &Path,
    variant: Variant,
    sinks: &Sinks,
    duration: Duration,
) -> anyhow::Result<Saturated> {
    let mut running = Running::start(binary, variant, sinks)?;
    running.requests += running.load.saturate(WARM_UP)?.requests;
    let (answered, used) = running.measured(|load| load.saturate(duration))?;
    let outcome = running.finish()?;
    Ok(Saturated {
        per_second: answered.requests as f64 / answered.elapsed.as_secs_f64(),
        cpu_micros: micros(used.server) / answered.requests as f64,
        core: used.server.div_duration_f64(answered.elapsed),
        spans_lost: lost(outcome.spans, outcome.requests as f64 * variant.sampled()),
        lines_lost: match variant.writes_lines() {
            true => lost(outcome.lines, outcome.requests as f64),
            false => 0.0,
        },
        others: used.others.div_duration_f64(answered.elapsed),
    })
}

impl<'a> Running<'a> {
    fn start(binary: &Path, variant: Variant, sinks: &'a Sinks) -> anyhow::Result<Self> {
        let before = sinks.received();
        let server = Server::start(binary, variant, sinks)?;
        Ok(Self {
            load: Load::connect(server.public)?,
            scraper: server.metrics.map(Scraper::start),
            server,
            variant,
            sinks,
            spans_before: before.spans,
            profile_bytes_before: before.profile_bytes,
            requests: 0,
        })
    }

    fn measured(
        &mut self,
        load: impl FnOnce(&mut Load) -> std::io::Result<Answered>,
    ) -> anyhow::Result<(Answered, Used)> {
        let server = self.server.pid()?;
        let (server_before, own_before) = (cpu::of_process(server)?, cpu::of_process(Pid::this())?);
        let machine_before = cpu::of_machine()?;
        let answered = load(&mut self.load)?;
        let used = cpu::of_process(server)? - server_before;
        let own = cpu::of_process(Pid::this())? - own_before;
        let machine = cpu::of_machine()? - machine_before;
        self.requests += answered.requests;
        Ok((
            answered,
            Used {
                server: used,
                others: machine.saturating_sub(used + own),
            },
        ))
    }

    /// What the server itself counts as lost.
    fn lost_nothing(&self) -> anyhow::Result<()> {
        if let Some(metrics) = self.server.metrics {
            let metrics = scrape::once(metrics)?;
            let losses = scrape::losses(&metrics);
            let name = self.variant.name();
            ensure!(losses.is_empty(), "{name} lost something: {losses:?}");
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Outcome> {
        drop(self.load);
        // The one that asked for losses is not among those of the scraper.
        let scrapes = match self.scraper {
            Some(scraper) => scraper.stop()? + 1,
            None => 0,
        };
        let lines = self.server.stop()?;
        let received = self.sinks.received();
        Ok(Outcome {
            requests: self.requests,
            spans: received.spans - self.spans_before,
            lines,
            profile_bytes: received.profile_bytes - self.profile_bytes_before,
            scrapes,
        })
    }
}

impl Outcome {
    /// Holds what the sinks got against what was sent, whatever the server says of itself.
    fn is_complete(&self, variant: Variant) -> anyhow::Result<()> {
        let name = variant.name();
        let (requests, share) = (self.requests as f64, variant.sampled());
        // Five standard deviations: once in a million runs by chance.
        let tolerated = 5.0 * (requests * share * (1.0 - share)).sqrt();
        let least = requests * share - tolerated;
        let most = (requests + self.scrapes as f64) * share + tolerated;
        let spans = self.spans;
        ensure!(
            (least..=most).contains(&(spans as f64)),
            "{name}: {spans} spans arrived, {least:.0} to {most:.0} were expected"
        );
        let (lines, requests) = (self.lines, self.requests);
        ensure!(
            !variant.writes_lines() || requests <= lines,
            "{name}: {lines} lines of {requests} requests arrived"
        );
        ensure!(
            !variant.pushes_profiles() || 0 < self.profile_bytes,
            "{name}: no profile arrived"
        );
        Ok(())
    }
}

impl Answered {
    fn quantile(&self, share: f64) -> Duration {
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

fn lost(arrived: u64, expected: f64) -> f64 {
    match 0.0 < expected {
        true => (1.0 - arrived as f64 / expected).max(0.0),
        false => 0.0,
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

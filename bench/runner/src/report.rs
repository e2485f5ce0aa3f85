//! The table, and the same with all raw figures for programs.

use std::fmt;
use std::fs;

use serde::Serialize;
use variants::Variant;

use crate::rounds::{Compared, Rounds, Run};
use crate::statistics::Quartiles;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: String,
    rate: u32,
    seconds: f64,
    rounds: usize,
    bare: Row,
    variants: Vec<Row>,
    /// Cores that programs outside of the benchmark used while it measured.
    others: Quartiles,
    runs: Vec<Compared>,
}

#[derive(Debug, Serialize)]
struct Row {
    variant: &'static str,
    cpu_micros: Quartiles,
    added_cpu_micros: Quartiles,
    p50_micros: Quartiles,
    p99_micros: Quartiles,
    per_second: Quartiles,
    throughput_ratio: Quartiles,
    spans_lost: Quartiles,
    lines_lost: Quartiles,
    core: Quartiles,
}

impl Report {
    pub(crate) fn of(rounds: &Rounds, compared: &[Compared]) -> anyhow::Result<Self> {
        let rows = rounds.variants.iter().map(|variant| {
            let of_variant: Vec<Compared> = compared
                .iter()
                .filter(|compared| compared.variant == *variant)
                .copied()
                .collect();
            Row::of(*variant, &of_variant)
        });
        // Each bare run but the last of a round stands beside the variants after it and those before it.
        let bare: Vec<Compared> = compared
            .iter()
            .map(|compared| Compared {
                run: compared.bare[0],
                ..*compared
            })
            .collect();
        let others = compared.iter().flat_map(|compared| {
            let run: Run = compared.run;
            [run.fixed.others, run.saturated.others]
        });
        Ok(Self {
            machine: machine()?,
            rate: rounds.rate,
            seconds: rounds.duration.as_secs_f64(),
            rounds: rounds.count,
            bare: Row::of(Variant::Bare, &bare),
            variants: rows.collect(),
            others: Quartiles::of(others),
            runs: compared.to_vec(),
        })
    }
}

impl Row {
    fn of(variant: Variant, compared: &[Compared]) -> Self {
        let fixed = |figure: fn(&Run) -> f64| {
            Quartiles::of(compared.iter().map(|compared| figure(&compared.run)))
        };
        Self {
            variant: variant.name(),
            cpu_micros: fixed(|run| run.fixed.cpu_micros),
            added_cpu_micros: Quartiles::of(compared.iter().map(Compared::added_cpu_micros)),
            p50_micros: fixed(|run| run.fixed.p50_micros),
            p99_micros: fixed(|run| run.fixed.p99_micros),
            per_second: fixed(|run| run.saturated.per_second),
            throughput_ratio: Quartiles::of(compared.iter().map(Compared::throughput_ratio)),
            spans_lost: fixed(|run| run.saturated.spans_lost),
            lines_lost: fixed(|run| run.saturated.lines_lost),
            core: fixed(|run| run.saturated.core),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        writeln!(
            f,
            "{} rounds, {} s each; medians [quartiles]; other programs used {:.2} [{:.2}–{:.2}] cores",
            self.rounds, self.seconds, self.others.median, self.others.lower, self.others.upper
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "| variant | added CPU µs at {}/s | p50 µs | p99 µs | throughput ÷ bare | spans lost | lines lost | core used |",
            self.rate
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        writeln!(
            f,
            "| bare | 0 (of {:.2}) | {:.0} | {:.0} | 1 ({:.0}/s) | | | {:.2} |",
            self.bare.cpu_micros.median,
            self.bare.p50_micros.median,
            self.bare.p99_micros.median,
            self.bare.per_second.median,
            self.bare.core.median,
        )?;
        for row in &self.variants {
            write!(f, "{row}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (added, ratio) = (self.added_cpu_micros, self.throughput_ratio);
        writeln!(
            f,
            "| {} | {:.2} [{:.2}–{:.2}] | {:.0} | {:.0} | {:.3} [{:.3}–{:.3}] | {:.0} % | {:.0} % | {:.2} |",
            self.variant,
            added.median,
            added.lower,
            added.upper,
            self.p50_micros.median,
            self.p99_micros.median,
            ratio.median,
            ratio.lower,
            ratio.upper,
            self.spans_lost.median * 100.0,
            self.lines_lost.median * 100.0,
            self.core.median,
        )
    }
}

/// What the figures are true of.
fn machine() -> anyhow::Result<String> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let is_core = |line: &&str| line.starts_with("processor\t");
    let cores = cpuinfo.lines().filter(is_core).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    Ok(format!("{model}, {cores} cores, Linux {}", kernel.trim()))
}

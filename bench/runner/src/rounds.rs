//! The order of runs: what is compared runs side by side, and no variant always runs at the same place.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use variants::Variant;

use crate::run::{self, Fixed, Saturated};
use crate::sinks::Sinks;

/// How many variants run between two runs of the bare service: a machine that changes its speed
/// is caught by the runs beside it.
const BETWEEN_BARE: usize = 2;

pub(crate) struct Rounds {
    pub(crate) count: usize,
    pub(crate) rate: u32,
    pub(crate) duration: Duration,
    pub(crate) variants: Vec<Variant>,
}

/// Both measurements of one variant, and of the bare service before and after it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Compared {
    #[serde(serialize_with = "by_name")]
    pub(crate) variant: Variant,
    pub(crate) round: usize,
    pub(crate) run: Run,
    pub(crate) bare: [Run; 2],
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) fixed: Fixed,
    pub(crate) saturated: Saturated,
}

impl Compared {
    pub(crate) fn added_cpu_micros(&self) -> f64 {
        let [before, after] = self.bare;
        self.run.fixed.cpu_micros - f64::midpoint(before.fixed.cpu_micros, after.fixed.cpu_micros)
    }

    pub(crate) fn throughput_ratio(&self) -> f64 {
        let [before, after] = self.bare.map(|bare| bare.saturated.per_second);
        self.run.saturated.per_second / f64::midpoint(before, after)
    }
}

impl Rounds {
    pub(crate) fn run(&self, binary: &Path, sinks: &Sinks) -> anyhow::Result<Vec<Compared>> {
        let mut compared = Vec::new();
        for round in 0..self.count {
            let mut order = self.variants.clone();
            order.rotate_left(round % self.variants.len());
            let mut before = self.one(binary, Variant::Bare, sinks)?;
            for between in order.chunks(BETWEEN_BARE) {
                let runs = between
                    .iter()
                    .map(|variant| Ok((*variant, self.one(binary, *variant, sinks)?)))
                    .collect::<anyhow::Result<Vec<_>>>()?;
                let after = self.one(binary, Variant::Bare, sinks)?;
                compared.extend(runs.into_iter().map(|(variant, run)| Compared {
                    variant,
                    round,
                    run,
                    bare: [before, after],
                }));
                before = after;
            }
            writeln!(std::io::stderr(), "round {} of {}", round + 1, self.count)?;
        }
        Ok(compared)
    }

    fn one(&self, binary: &Path, variant: Variant, sinks: &Sinks) -> anyhow::Result<Run> {
        Ok(Run {
            fixed: run::at_rate(binary, variant, sinks, self.rate, self.duration)?,
            saturated: run::saturated(binary, variant, sinks, self.duration)?,
        })
    }
}

fn by_name<S: serde::Serializer>(variant: &Variant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(variant.name())
}

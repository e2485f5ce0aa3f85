//! What `up` hands to the supervisor: everything that is to run, decided once.

use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::parts::{Mode, OF_ONE_PART};
use crate::plan::Plan;
use crate::project::Project;
use crate::record::PartRecord;

/// All parts of one start.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) mode: Mode,
    pub(crate) parts: Vec<PartOrder>,
    /// Variables that no part inherits.
    pub(crate) withheld: Vec<String>,
}

/// One part: how to run it, and how it is written down.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartOrder {
    pub(crate) record: PartRecord,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
}

impl Order {
    /// Finds every program. One that is missing is named.
    pub(crate) fn new(mode: Mode, plans: &[Plan], project: &Project) -> Result<Self> {
        let parts = plans.iter().map(|plan| PartOrder::new(plan, project));
        Ok(Self {
            mode,
            parts: parts.collect::<Result<_>>()?,
            withheld: OF_ONE_PART.iter().map(|name| (*name).to_owned()).collect(),
        })
    }

    /// Reads what `write` wrote, to its end.
    pub(crate) fn read(input: impl io::Read) -> Result<Self> {
        serde_json::from_reader(input).context("the supervisor was not told what to run")
    }

    pub(crate) fn write(&self, output: impl io::Write) -> Result<()> {
        serde_json::to_writer(output, self).context("failed to tell the supervisor what to run")
    }
}

impl PartOrder {
    fn new(plan: &Plan, project: &Project) -> Result<Self> {
        let program = plan.program(project)?;
        Ok(Self {
            record: PartRecord {
                name: plan.part.name.to_owned(),
                listens: plan.listens.clone(),
                ready: plan.ready.clone(),
                places: plan.places.clone(),
                stop: plan.part.stop,
                build: build(&program),
                settings: plan.settings(),
                process: None,
                ended: None,
            },
            program,
            arguments: plan.arguments.clone(),
            environment: plan.environment.clone(),
        })
    }
}

/// Tells one build of a program from the next.
fn build(program: &Path) -> Option<String> {
    let file = program.metadata().ok()?;
    let built = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}-{}", built.as_nanos(), file.len()))
}

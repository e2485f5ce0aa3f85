use std::path::PathBuf;

use clap::Parser;

use crate::backend::Backend;
use crate::fault::Fault;
use crate::trial::Times;

/// Breaks each backend in each way while requests run, and counts what that costs
#[derive(Parser)]
pub(crate) struct Arguments {
    /// Backends to break; all of them if none is named
    #[arg(value_enum)]
    pub(crate) backends: Vec<Backend>,
    /// One fault per backend
    #[arg(long)]
    pub(crate) quick: bool,
    /// These faults only
    #[arg(long = "fault", value_enum, conflicts_with = "quick")]
    pub(crate) faults: Vec<Fault>,
    /// Leaves data and logs behind, also when all is well
    #[arg(long)]
    pub(crate) keep: bool,
    /// The program `quartet`, with the services beside it
    #[arg(long)]
    pub(crate) quartet: PathBuf,
    /// The checkout whose configuration is used
    #[arg(long, default_value = ".")]
    pub(crate) project: PathBuf,
}

impl Arguments {
    /// What is to be done, in order.
    pub(crate) fn trials(&self) -> Vec<(Backend, Fault)> {
        let backends = match self.backends.as_slice() {
            [] => Backend::ALL,
            named => named,
        };
        let mut trials = Vec::new();
        for backend in backends {
            let faults = match (self.quick, self.faults.as_slice()) {
                (true, _) => std::slice::from_ref(backend.quick()),
                (false, []) => Fault::ALL,
                (false, named) => named,
            };
            trials.extend(faults.iter().map(|fault| (*backend, *fault)));
        }
        trials
    }

    /// How long each takes.
    pub(crate) fn times(&self) -> Times {
        match self.quick {
            true => Times::QUICK,
            false => Times::FULL,
        }
    }
}

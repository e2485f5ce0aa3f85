//! What a fault did, held against what is promised.

use std::time::Duration;

use crate::backend::Backend;
use crate::doctor::Diagnosis;
use crate::fault::Fault;
use crate::memory::Growth;
use crate::phase::Phase;
use crate::recovery::{BACK, Recovery};

/// More than this, and a queue has no bound.
const SERVICE_GROWTH: u64 = 64 << 20;
const ALLOY_GROWTH: u64 = 256 << 20;

/// What a fault did.
pub(crate) struct Outcome {
    pub(crate) backend: Backend,
    pub(crate) fault: Fault,
    pub(crate) lasted: Duration,
    pub(crate) before: Phase,
    pub(crate) during: Phase,
    /// From the beginning of the fault until everything was looked at.
    pub(crate) since: Phase,
    pub(crate) growth: Growth,
    /// What doctor said during the fault; none where it does not look.
    pub(crate) diagnosis: Option<Diagnosis>,
    pub(crate) recovery: Recovery,
}

impl Outcome {
    pub(crate) fn requests(&self) -> usize {
        self.before.requests + self.since.requests
    }

    pub(crate) fn failed(&self) -> usize {
        self.before.failures.len() + self.since.failures.len()
    }

    /// What is not as promised; empty if all is.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if let Some(first) = self.before.failures.first() {
            let failed = self.before.failures.len();
            complaints.push(format!(
                "{failed} requests failed before anything was broken, so this machine does not stand the load: {first}"
            ));
        }
        if let Some(first) = self.since.failures.first() {
            let failed = self.since.failures.len();
            complaints.push(format!("{failed} requests failed, the first: {first}"));
        }
        for signal in &self.recovery.flow.missing {
            let seconds = BACK.as_secs();
            complaints.push(format!("{signal} did not come back within {seconds} s"));
        }
        // Without room some of upstream panic, or forget: what then counts is that the others go on.
        if self.recovery.took_a_start() && self.fault != Fault::Full {
            complaints.push("it had to be started again".to_owned());
        }
        if SERVICE_GROWTH < self.growth.service || ALLOY_GROWTH < self.growth.alloy {
            complaints.push("memory grew beyond its bound".to_owned());
        }
        complaints.extend(self.unsaid());
        complaints
    }

    /// What `doctor` should have said and did not, or should not and did.
    fn unsaid(&self) -> Vec<String> {
        let (Some(during), Some(after)) = (&self.diagnosis, &self.recovery.after) else {
            return Vec::new();
        };
        let mut complaints = Vec::new();
        let must_name = matches!(self.fault, Fault::Killed | Fault::Hung);
        if must_name && !during.names(self.backend.name()) {
            complaints.push(format!("doctor does not name it:\n{}", during.text));
        }
        if !after.hops.is_empty() {
            let text = &after.text;
            complaints.push(format!("doctor does not find it well again:\n{text}"));
        }
        if self.recovery.losses.are_of_services() && self.recovery.told.is_empty() {
            let text = &after.text;
            complaints.push(format!("doctor does not tell what was lost:\n{text}"));
        }
        complaints
    }
}

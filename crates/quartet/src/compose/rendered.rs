//! Configuration that its program does not expand itself, written for the containers.

use std::fs;

use anyhow::{Context, Result};

use super::Stack;

const ALERTMANAGER: &str = "observability/alertmanager/alertmanager.yaml";

/// What is written as long as a stack runs.
pub(super) const MARK: &str = "alertmanager.yaml";

impl Stack<'_> {
    /// Writes the files that compose.yaml expects, from the timing that the settings choose.
    pub(super) fn render(&self) -> Result<()> {
        let mut variables = self.variables()?;
        let timing = variables.get("TIMING").unwrap_or("demo").to_owned();
        let timing = self
            .project
            .path(&format!("observability/timing/{timing}.env"));
        variables.load(&timing)?;
        let text = fs::read_to_string(self.project.path(ALERTMANAGER))
            .with_context(|| format!("failed to read {ALERTMANAGER}"))?;
        let text = variables
            .render(&text)
            .with_context(|| format!("failed to render {ALERTMANAGER}"))?;
        let folder = self.rendered();
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(MARK), text))
            .with_context(|| format!("failed to write to {}", folder.display()))?;
        self.write_secrets()
    }

    /// Deletes what was written, secrets above all.
    pub(super) fn forget_rendered(&self) -> Result<()> {
        let folder = self.rendered();
        if !folder.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to delete {}", folder.display()))
    }
}

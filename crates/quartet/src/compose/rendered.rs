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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::project::Project;
    use crate::root::Root;

    #[test]
    fn nothing_is_left_to_expand() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path()).unwrap();
        let checkout = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let project = Project::new(checkout).unwrap();
        let stack = Stack::new(&root, &project, "quartet").unwrap();
        let rendered = |timing: &str| {
            fs::write(stack.settings(), format!("TIMING={timing}\n")).unwrap();
            stack.render().unwrap();
            fs::read_to_string(stack.rendered().join(MARK)).unwrap()
        };

        let (demo, production) = (rendered("demo"), rendered("production"));

        assert!(stack.is_started());
        assert_ne!(demo, production);
        for text in [demo, production] {
            assert!(text.contains("group_wait: \""), "{text}");
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            assert!(!lines.into_iter().any(|line| line.contains("%{")), "{text}");
        }
    }
}

//! The checkout: configuration of the backends, and the script that builds them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The directory that holds `deploy/` and `observability/`, absolute.
#[derive(Debug)]
pub(crate) struct Project(PathBuf);

impl Project {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("no such project directory: {}", path.display()))?;
        Ok(Self(path))
    }

    /// Something of the project, by its name there; an empty one is the project itself.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        // Without the slash that an empty name leaves at the end.
        self.0.join(name).components().collect()
    }

    /// Where the build of a backend lies. What is missing is named with how to get it.
    pub(crate) fn backend(&self, program: &str) -> Result<PathBuf> {
        let script = self.path("deploy/native/build");
        let output = Command::new(&script)
            .args(["--path", program])
            .output()
            .with_context(|| format!("failed to run {}", script.display()))?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let path = String::from_utf8(output.stdout)
            .with_context(|| format!("{} answered no path", script.display()))?;
        Ok(PathBuf::from(path.trim_end()))
    }
}

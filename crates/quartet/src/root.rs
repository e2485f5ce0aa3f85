//! The directory that everything of one Quartet lies under.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::parts::Mode;

/// The project root, absolute.
#[derive(Debug)]
pub(crate) struct Root(PathBuf);

impl Root {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("no such root directory: {}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(crate) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.run().join("processes.json")
    }

    /// In which mode the parts were started last, also when they are down. Gone with the data.
    pub(crate) fn mode(&self) -> Mode {
        let text = fs::read_to_string(self.mode_file()).unwrap_or_default();
        Mode::from_str(text.trim(), false).unwrap_or(Mode::Embedded)
    }

    pub(crate) fn remember(&self, mode: Mode) -> Result<()> {
        let path = self.mode_file();
        fs::write(&path, format!("{mode}\n"))
            .with_context(|| format!("failed to write {}", path.display()))
    }

    pub(crate) fn log(&self, part: &str) -> PathBuf {
        self.logs().join(format!("{part}.log"))
    }

    /// Makes the directories that parts and supervisor write to.
    pub(crate) fn create(&self) -> Result<()> {
        for directory in [self.data(), self.logs()] {
            fs::create_dir_all(&directory)
                .with_context(|| format!("failed to create {}", directory.display()))?;
        }
        Ok(())
    }

    /// Keeps other commands from changing anything until the answer is dropped.
    ///
    /// The directory itself is locked: a lock file would have to survive `clean`.
    pub(crate) fn lock(&self) -> Result<File> {
        let directory =
            File::open(&self.0).with_context(|| format!("failed to open {}", self.0.display()))?;
        match directory.try_lock() {
            Ok(()) => Ok(directory),
            Err(TryLockError::WouldBlock) => bail!(
                "another `quartet` is starting or stopping parts in {}: wait until it is done",
                self.0.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("failed to lock {}", self.0.display()))
            }
        }
    }

    /// How long the last start took.
    pub(crate) fn start(&self) -> PathBuf {
        self.run().join("start.json")
    }

    fn mode_file(&self) -> PathBuf {
        self.run().join("mode")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.run().join("logs")
    }
}

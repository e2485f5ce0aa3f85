//! A small disk of its own for the data of a backend, which can be filled to the last byte.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::backend::Backend;

/// What fills it.
const FILLER: &str = "filler";

/// Why the data of a backend cannot be put on a disk of their own here; none if they can.
pub(crate) fn hindrance(backend: Backend) -> Option<&'static str> {
    let may_mount = rustix::process::geteuid().is_root();
    match backend.disk_mebibytes() {
        None => Some("it keeps nothing on a disk"),
        Some(_) if !may_mount => Some("only root may mount a disk of its own"),
        Some(_) => None,
    }
}

/// A file system in memory, unmounted when it is dropped.
pub(crate) struct Disk {
    folder: PathBuf,
    mebibytes: u32,
}

impl Disk {
    /// Mounts one of this size at a folder.
    pub(crate) fn mount(folder: &Path, mebibytes: u32) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(folder)
            .status()
            .context("failed to run mount")?;
        ensure!(mounted.success(), "{} is no disk", folder.display());
        Ok(Self {
            folder: folder.to_owned(),
            mebibytes,
        })
    }

    /// Leaves no more than this; with nothing, not a byte.
    pub(crate) fn fill(&self, leaving_mebibytes: u32) -> anyhow::Result<()> {
        let path = self.folder.join(FILLER);
        let mut file = File::create(&path)?;
        let block = vec![0; 1 << 20];
        for _ in 0..=self.mebibytes {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => {
                    let length = file.metadata()?.len();
                    let left = u64::from(leaving_mebibytes) << 20;
                    return Ok(file.set_len(length.saturating_sub(left))?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        anyhow::bail!("{} is larger than it should be", self.folder.display())
    }

    /// Makes room again.
    pub(crate) fn empty(&self) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.folder.join(FILLER))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also while a file of it is open: it goes with the last one.
        let _gone = Command::new("umount")
            .arg("--lazy")
            .arg(&self.folder)
            .status();
    }
}

//! What runs, and the small disks that the data of some of it lies on.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use tempfile::TempDir;
use testbed::Native;

use crate::backend::Backend;
use crate::disk::Disk;

const MEMORY: &str = "/dev/shm";

/// Native mode, and its disks.
pub(crate) struct Stack {
    // The first to go: a disk can be unmounted when nobody writes to it any more.
    pub(crate) native: Native,
    disks: HashMap<&'static str, Disk>,
    _database: TempDir,
}

impl Stack {
    /// Starts everything; the data of each backend in `full` lies on a disk of its own.
    pub(crate) fn start(quartet: &Path, project: &Path, full: &[Backend]) -> anyhow::Result<Self> {
        let mut native = Native::new(quartet, project);
        // Random pauses would hide what a fault costs.
        native.set("QUARTET_DEMO_LATENCY", "off");
        native.set("PYROSCOPE_UPLOAD_INTERVAL", "2s");
        // In memory: what else uses the machine's disk would fail requests that no backend has to do with.
        let database = tempfile::tempdir_in(MEMORY)?;
        let file = database.path().join("quartet.db");
        native.set("DATABASE_URL", format!("sqlite://{}", file.display()));
        let mut disks = HashMap::new();
        for backend in full {
            let Some(mebibytes) = backend.disk_mebibytes() else {
                continue;
            };
            let data = native.folder().join("data").join(backend.part());
            disks.insert(backend.part(), Disk::mount(&data, mebibytes)?);
        }
        native.up();
        Ok(Self {
            native,
            disks,
            _database: database,
        })
    }

    /// Where something listens, by the name of its variable.
    pub(crate) fn address(&self, variable: &str) -> SocketAddr {
        self.native.address(variable)
    }

    pub(crate) fn disk(&self, backend: Backend) -> anyhow::Result<&Disk> {
        let disk = self.disks.get(backend.part());
        disk.with_context(|| format!("{} has no disk of its own", backend.name()))
    }
}

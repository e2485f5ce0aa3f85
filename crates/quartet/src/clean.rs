//! `quartet clean`: stops all parts and deletes their data and logs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::down;
use crate::root::Root;
use crate::terminal::Terminal;

/// Says what it deletes, then deletes it.
pub(crate) fn clean(root: &Root, terminal: &Terminal) -> Result<()> {
    let _alone = root.lock()?;
    down::stop(root, terminal)?;
    let mut deleted = false;
    for directory in [root.data(), root.run()] {
        if !directory.exists() {
            continue;
        }
        let (files, bytes) = size(&directory);
        terminal.say(&format!(
            "deleting {} ({files} files, {:.1} MiB)",
            directory.display(),
            bytes as f64 / (1024.0 * 1024.0)
        ));
        fs::remove_dir_all(&directory)
            .with_context(|| format!("failed to delete {}", directory.display()))?;
        deleted = true;
    }
    terminal.say(match deleted {
        true => "Quartet is down, its data and logs are gone. `just up` starts afresh.",
        false => "There was nothing to delete. `just up` starts afresh.",
    });
    Ok(())
}

fn size(directory: &Path) -> (u64, u64) {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(inner) if inner.is_dir() => {
                let (inner_files, inner_bytes) = size(&entry.path());
                files += inner_files;
                bytes += inner_bytes;
            }
            Ok(inner) => {
                files += 1;
                bytes += inner.len();
            }
            Err(_) => {}
        }
    }
    (files, bytes)
}

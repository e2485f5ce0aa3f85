//! `quartet clean`: stops all parts and deletes their data and logs.

use std::fs;

use anyhow::{Context, Result};

use crate::disk::size;
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
        let size = size(&directory);
        terminal.say(&format!(
            "deleting {} ({} files, {:.1} MiB)",
            directory.display(),
            size.files,
            size.mebibytes()
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

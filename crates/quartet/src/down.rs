//! `quartet down`: stops all parts.

use anyhow::Result;

use crate::record::Record;
use crate::root::Root;
use crate::stop::stop_all;
use crate::terminal::Terminal;

/// Stops what runs. That nothing runs is as good.
pub(crate) fn down(root: &Root, terminal: &Terminal) -> Result<()> {
    let _alone = root.lock()?;
    stop(root, terminal)?;
    terminal.say("Quartet is down. Data and logs are kept: `just up` starts it again, `just clean` deletes them.");
    Ok(())
}

/// Stops what runs, for a caller that holds the lock.
pub(crate) fn stop(root: &Root, terminal: &Terminal) -> Result<()> {
    match Record::read(root)? {
        Some(record) => stop_all(root, record, terminal),
        None => Ok(()),
    }
}

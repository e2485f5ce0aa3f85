//! The wait, after the last kill, until the queue is empty.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use sqlx::Row as _;

use crate::progress::Progress;
use crate::system::System;

/// Many times what a full queue takes.
const DRAINING: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(200);

/// Waits until no job is ready or leased. A queue that never empties is for the audit to show.
pub(crate) fn wait_until_idle(system: &System, progress: &Progress) -> anyhow::Result<()> {
    let deadline = Instant::now() + DRAINING;
    while 0 < open_jobs(system)? && Instant::now() < deadline {
        ensure!(!progress.is_interrupted(), "interrupted");
        progress.show();
        thread::sleep(LOOK);
    }
    Ok(())
}

fn open_jobs(system: &System) -> anyhow::Result<i64> {
    system.query(async |connection| {
        let row =
            sqlx::query("select count(*) as open from jobs where state in ('ready', 'leased')");
        Ok(row.fetch_one(connection).await?.try_get("open")?)
    })
}

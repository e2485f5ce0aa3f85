//! How long each part of the last start took to become ready.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::root::Root;

/// Writes it down for whoever asks later.
pub(crate) fn write<'a>(
    root: &Root,
    ready_after: impl Iterator<Item = (&'a str, Duration)>,
) -> Result<()> {
    let seconds: BTreeMap<_, _> = ready_after
        .map(|(name, after)| (name, after.as_secs_f64()))
        .collect();
    let path = root.start();
    fs::write(&path, serde_json::to_string_pretty(&seconds)?)
        .with_context(|| format!("failed to write {}", path.display()))
}

/// Seconds by name of part.
pub(crate) fn read(root: &Root) -> Result<BTreeMap<String, f64>> {
    let path = root.start();
    let text =
        fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not what `quartet` wrote", path.display()))
}

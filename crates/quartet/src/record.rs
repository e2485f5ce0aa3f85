//! What runs, as the supervisor wrote it down for every later command.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::parts::{Mode, Stop};
use crate::plan::Listen;
use crate::process::Process;
use crate::root::Root;

/// The supervisor and its parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) mode: Mode,
    pub(crate) supervisor: Process,
    pub(crate) parts: Vec<PartRecord>,
}

/// One part: none of the two last while it is about to start, and `ended` once it is no more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(crate) name: String,
    pub(crate) listens: Vec<Listen>,
    /// The URL that answers 200 once it is ready.
    pub(crate) ready: String,
    /// What a person may want to look at: a title, and an address or a command.
    #[serde(default)]
    pub(crate) places: Vec<(String, String)>,
    pub(crate) stop: Stop,
    /// Which build of the program it runs.
    pub(crate) build: Option<String>,
    /// Tells what it was started with from what it would be started with now.
    pub(crate) settings: u64,
    pub(crate) process: Option<Process>,
    pub(crate) ended: Option<String>,
}

impl PartRecord {
    /// Its process, if that still runs.
    pub(crate) fn alive(&self) -> Option<&Process> {
        self.process.as_ref().filter(|process| process.is_alive())
    }

    /// How it came to its end, if it did. A killed supervisor leaves no reason behind.
    pub(crate) fn end(&self) -> Option<&str> {
        match (&self.ended, &self.process) {
            (Some(reason), _) => Some(reason),
            (None, Some(process)) if !process.is_alive() => Some("nobody saw how"),
            _ => None,
        }
    }
}

impl Record {
    /// The record of this root; none if nothing was started, or all was stopped.
    pub(crate) fn read(root: &Root) -> Result<Option<Self>> {
        let path = root.record();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("failed to read {}", path.display()));
            }
        };
        let record = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what `quartet` wrote", path.display()))?;
        Ok(Some(record))
    }

    /// Replaces the record, so that a reader sees the old one or the new one.
    pub(crate) fn write(&self, root: &Root) -> Result<()> {
        let path = root.record();
        let draft = path.with_extension("json.new");
        let text = serde_json::to_string_pretty(self)?;
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("failed to write {}", path.display()))
    }

    /// Forgets what was written, once none of it runs.
    pub(crate) fn remove(root: &Root) -> Result<()> {
        match fs::remove_file(root.record()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("failed to delete {}", root.record().display()))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn anything_alive(&self) -> bool {
        self.supervisor.is_alive() || self.parts.iter().any(|part| part.alive().is_some())
    }
}

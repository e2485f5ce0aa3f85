//! `quartet down` for containers: stops and removes them; their data stay.

use std::fs;

use anyhow::{Context, Result};

use super::Stack;
use crate::terminal::Terminal;

/// Longer than any part may take to stop.
const GRACE_SECONDS: &str = "20";

/// Stops the containers of a stack.
pub(crate) fn down(stack: &Stack<'_>, terminal: &Terminal) -> Result<()> {
    let _alone = stack.root.lock()?;
    terminal.say(&format!("Stopping the containers of {}", stack.name));
    stack.remove(&[])?;
    stack.forget_rendered()?;
    // Empty it says that there are data.
    fs::create_dir_all(stack.rendered())?;
    terminal.say(&format!("{} is down. Its data are kept.", stack.name));
    Ok(())
}

impl Stack<'_> {
    /// `docker compose down`, and what else to delete.
    pub(super) fn remove(&self, what: &[&str]) -> Result<()> {
        let down = ["down", "--remove-orphans", "--timeout", GRACE_SECONDS];
        self.ask(&[&down, what].concat())
            .with_context(|| format!("failed to stop the containers of {}", self.name))?;
        Ok(())
    }
}

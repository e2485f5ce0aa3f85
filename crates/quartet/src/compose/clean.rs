//! `quartet clean` for containers: stops them and deletes their data.

use anyhow::Result;

use super::Stack;
use crate::terminal::Terminal;

/// Says what it deletes, then deletes it. The settings stay: whoever starts anew goes on with the same passwords.
pub(crate) fn clean(stack: &Stack<'_>, terminal: &Terminal) -> Result<()> {
    let _alone = stack.root.lock()?;
    let volumes = stack.volumes()?;
    for volume in &volumes {
        terminal.say(&format!("deleting the volume {volume}"));
    }
    stack.remove(&["--volumes"])?;
    stack.forget_rendered()?;
    terminal.say(&format!("{} is down, its data are gone.", stack.name));
    Ok(())
}

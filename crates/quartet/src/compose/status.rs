//! `quartet status` for containers: a table of the parts.

use std::process::ExitCode;

use anyhow::Result;

use super::Stack;
use super::part::Part;
use crate::status::NOT_ALL_UP;
use crate::terminal::{Terminal, table};

/// Prints the table, and answers whether all parts are up.
pub(crate) fn status(stack: &Stack<'_>, terminal: &Terminal) -> Result<ExitCode> {
    let parts = stack.parts()?;
    let mut rows = vec![["PART", "STATE", "SINCE", "ADDRESS"].map(str::to_owned)];
    rows.extend(parts.iter().map(|part| {
        [
            part.service.clone(),
            part.word().to_owned(),
            part.status.clone(),
            part.addresses(),
        ]
    }));
    table(&rows).iter().for_each(|line| terminal.say(line));
    Ok(
        match !parts.is_empty() && parts.iter().all(Part::is_ready) {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(NOT_ALL_UP),
        },
    )
}

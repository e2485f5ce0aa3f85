//! Runs an operation under callgrind and reads what it counted.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::operations::{Operation, TIMES};

pub(crate) struct Counted {
    /// Of one operation.
    pub(crate) instructions: i64,
    /// The functions with the most of them, as `callgrind_annotate` lists them.
    pub(crate) functions: String,
}

pub(crate) fn count(operation: &Operation) -> anyhow::Result<Counted> {
    let name = operation.name;
    let profile = std::env::temp_dir().join(format!("callgrind.{}.{name}", std::process::id()));
    let out_file = format!("--callgrind-out-file={}", profile.display());
    let ran = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=*counted_by_callgrind*",
        ])
        .arg(out_file)
        .arg(std::env::current_exe()?)
        .args(["--operation", name])
        .stdout(Stdio::null())
        .output()
        .context("valgrind cannot be started")?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "{name} failed: {said}");
    let counted = said
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .with_context(|| format!("callgrind counted nothing: {said}"))?;
    let instructions: i64 = counted.1.trim().parse()?;
    ensure!(0 < instructions, "callgrind counted nothing for {name}");
    let listed = Command::new("callgrind_annotate")
        .args(["--auto=no", "--threshold=80"])
        .arg(&profile)
        .output()
        .context("callgrind_annotate cannot be started")?;
    std::fs::remove_file(&profile)?;
    Ok(Counted {
        instructions: instructions / i64::try_from(TIMES)?,
        functions: String::from_utf8_lossy(&listed.stdout).into_owned(),
    })
}

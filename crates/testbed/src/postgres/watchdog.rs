//! Who cleans up when the test process cannot any more.

use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use super::installation::Installation;

/// Waits for the end of its input, which comes when the writer is gone, however it ended. Children that are
/// stopped would not notice that their parent is dead, so they are killed by number too, and all are waited for:
/// what still writes would outlive the removal.
const SCRIPT: &str = r#"
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
# A server that was killed leaves its number behind, which may be another's by now.
if [ -n "$pid" ] && grep -qa "$1/data" "/proc/$pid/cmdline" 2>/dev/null; then
    all="$pid $(cat "/proc/$pid/task/$pid/children" 2>/dev/null)"
    kill -KILL $all 2>/dev/null
    for one in $all; do
        while grep -qa . "/proc/$one/cmdline" 2>/dev/null; do sleep 0.01; done
    done
fi
rm -rf "$1"
"#;

pub(super) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    pub(super) fn over(installation: &Installation, folder: &Path) -> Self {
        let mut shell = installation
            .as_user(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

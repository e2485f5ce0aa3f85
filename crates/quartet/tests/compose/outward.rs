//! Whether anything tries to leave the host: by a name that is not of a part, or by an address out there.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::stack::{Stack, variable};

/// Where the kernel lists the addresses outside that were sent to.
const ADDRESSES: &str = "/proc/net/xt_recent/left";

/// An engine whose log has every name that a container asked for, in a network whose way out is written down.
pub(crate) struct Watch {
    log: String,
}

impl Watch {
    /// The one that `deploy/docker/e2e` keeps on an engine of its own.
    pub(crate) fn kept() -> Option<Self> {
        let log = variable("QUARTET_COMPOSE_ENGINE_LOG")?;
        Some(Self { log })
    }

    /// Whether nobody tried since the engine started; and then that it does see who tries.
    pub(crate) fn saw_nothing(&self, stack: &Stack) -> Result<()> {
        let tried = self.attempts()?;
        ensure!(tried.is_empty(), "{tried:?}");

        // Neither can succeed.
        let name = ["timeout", "2", "nslookup", "outward.test"];
        let _no_answer = stack.inside("victoriametrics", &name);
        let address = [
            "timeout",
            "1",
            "bash",
            "-c",
            "exec 3<>/dev/tcp/192.0.2.99/80",
        ];
        let _no_answer = stack.inside("alloy", &address);
        let seen = self.attempts()?;
        let expected = ["192.0.2.99", "outward.test"].map(str::to_owned);
        ensure!(
            seen == BTreeSet::from(expected),
            "of two attempts it saw {seen:?}"
        );
        Ok(())
    }

    fn attempts(&self) -> Result<BTreeSet<String>> {
        let log = fs::read_to_string(&self.log).context("the engine has no log")?;
        let addresses = fs::read_to_string(ADDRESSES).context("the way out is not watched")?;
        Ok(names(&log).chain(destinations(&addresses)).collect())
    }
}

/// Names with a dot: parts have none.
fn names(log: &str) -> impl Iterator<Item = String> {
    let asked = log.lines().filter_map(|line| {
        let (_, name) = line.split_once("Name To resolve: ")?;
        Some(name.trim_end_matches(['"', '.']))
    });
    asked.filter(|name| name.contains('.')).map(str::to_owned)
}

fn destinations(listed: &str) -> impl Iterator<Item = String> {
    let words = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    words.filter_map(|word| Some(word.strip_prefix("src=")?.to_owned()))
}

//! A second server that follows the first.

use std::time::Instant;

use super::{POLL, Postgres, USER};
use crate::PATIENCE;

impl Postgres {
    /// Starts a standby without which no commit is acknowledged from now on.
    ///
    /// # Panics
    /// If it does not follow in time.
    pub fn standby(&self) -> Self {
        let standby = Self::prepared(self.max_connections);
        let port = self.port.to_string();
        standby.installation.run(
            "pg_basebackup",
            &[
                "--write-recovery-conf",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--no-sync",
            ],
            &[
                ("-h", "127.0.0.1"),
                ("-p", &port),
                ("-U", USER),
                ("-D", &standby.data()),
            ],
        );
        standby.launch();
        self.sql(
            "postgres",
            "alter system set synchronous_standby_names = '*'",
        );
        self.sql("postgres", "select pg_reload_conf()");
        let following = "select count(*) from pg_stat_replication where sync_state = 'sync' and state = 'streaming'";
        let deadline = Instant::now() + PATIENCE;
        while self.sql("postgres", following) != "1" {
            assert!(Instant::now() < deadline, "the standby does not follow");
            std::thread::sleep(POLL);
        }
        standby
    }

    /// Makes a standby the one that takes writes.
    ///
    /// # Panics
    /// If it does not become that in time.
    pub fn promote(&self) {
        assert_eq!(self.sql("postgres", "select pg_promote(true, 20)"), "t");
    }
}
